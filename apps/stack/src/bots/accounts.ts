import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { SessionReply } from '@hubbub/protocol';
import { Api, ApiError } from './api';

const Credentials = z.record(z.string(), z.object({ handle: z.string(), password: z.string() }));
type Credentials = z.infer<typeof Credentials>;

export interface AccountsOptions {
  url: string;
  adminToken: string;
  /** Passwords, over the runs, for its owner's eyes only. */
  credentialsFile: string;
}

/** The bots' accounts. Each is made when it is first asked for, and signed in to from then on. */
export class Accounts {
  readonly api: Api;
  private readonly adminToken: string;
  private readonly file: string;
  private readonly known: Credentials;

  constructor({ url, adminToken, credentialsFile }: AccountsOptions) {
    this.api = new Api(url);
    this.adminToken = adminToken;
    this.file = credentialsFile;
    this.known = this.read();
  }

  /** A session of the bot `id` (letters, digits, `_`), who is shown as `name`. */
  async signIn(id: string, name: string): Promise<string> {
    const known = this.known[id];
    if (known) {
      try {
        return (await this.api.post('/api/sessions', known, { as: SessionReply })).token;
      } catch (error) {
        // The database is another one than last time.
        if (!(error instanceof ApiError && error.status === 401)) throw error;
      }
    }
    return this.create(id, name);
  }

  private async create(id: string, name: string): Promise<string> {
    // A handle of its own: the plain one may be somebody's whose password was lost with the file.
    const handle = `bot_${id}_${randomBytes(2).toString('hex')}`;
    const password = randomBytes(18).toString('base64url');
    const account = { handle, name, password, role: 'bot' };
    const { token } = await this.api.post('/api/accounts', account, {
      as: SessionReply,
      token: this.adminToken,
    });
    this.known[id] = { handle, password };
    this.write();
    return token;
  }

  private read(): Credentials {
    try {
      return Credentials.parse(JSON.parse(readFileSync(this.file, 'utf8')));
    } catch {
      return {}; // the first run, or nothing to go by
    }
  }

  private write(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(this.known, null, 2), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }
}
