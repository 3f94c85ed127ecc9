/** What this gateway calls itself in `welcome`, logs and metrics. */
export class GatewayIdentity {
  constructor(readonly name: string) {}
}
