/**
 * The Pusher app of a cluster that is tried out on this machine: its secret is known to everybody. What the environment says
 * itself counts more.
 */
const DEFAULT_APP = {
  SOKETI_DEFAULT_APP_ID: 'app-id',
  SOKETI_DEFAULT_APP_KEY: 'app-key',
  SOKETI_DEFAULT_APP_SECRET: 'app-secret',
  SOKETI_DEFAULT_APP_ENABLE_CLIENT_MESSAGES: 'true',
};

/** Settings of gateways; none where the environment has an app. */
export function defaultApp(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(DEFAULT_APP);
  return names.some((name) => environment[name] !== undefined) ? {} : DEFAULT_APP;
}
