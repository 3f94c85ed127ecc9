import { HubbubClient, type Room } from '@hubbub/client';
import WebSocket from 'ws';
import type { Accounts } from './accounts';

/** A session lasts for a day at least: it is had anew well before. */
const TOKEN_FOR_MS = 12 * 3600 * 1000;

export interface Identity {
  /** Over all runs. */
  id: string;
  name: string;
}

/** One bot: an account and a connection, as any app would have them. */
export class Bot {
  private readonly client: HubbubClient;
  private token: { value: string; until: number } | null = null;

  constructor(
    private readonly identity: Identity,
    private readonly accounts: Accounts,
  ) {
    this.client = new HubbubClient({
      url: `${accounts.api.url}/ws`,
      token: () => this.freshToken(),
      connect: ({ url, protocols, token }) =>
        new WebSocket(url, protocols, {
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
        }),
    });
    this.client.on('state', (state) => {
      // Its session ended: it signs in again, as a person would.
      if (state.status !== 'closed' || state.comeBack !== 'after-sign-in') return;
      this.token = null;
      this.client.connect();
    });
  }

  /** Resolves once it is signed in; the connection follows by itself. */
  async connect(): Promise<void> {
    await this.freshToken();
    this.client.connect();
  }

  enter(slug: string): Room {
    return this.client.join(slug);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async freshToken(): Promise<string> {
    if (this.token === null || this.token.until < Date.now()) {
      const value = await this.accounts.signIn(this.identity.id, this.identity.name);
      this.token = { value, until: Date.now() + TOKEN_FOR_MS };
    }
    return this.token.value;
  }
}
