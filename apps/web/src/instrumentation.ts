/** Next calls this once, when the server starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { dropBadRouterStates } = await import('./router-states');
  dropBadRouterStates();
}
