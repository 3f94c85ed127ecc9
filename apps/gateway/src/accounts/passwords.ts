import { randomBytes } from 'node:crypto';
import { hash, verify, type Options } from '@node-rs/argon2';

/** Argon2id with 19 MiB, two passes and one lane: OWASP's Password Storage Cheat Sheet. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes passwords, and checks them in a time that does not tell whether the account exists. */
export class Passwords {
  /** What a password is checked against when there is no account. */
  #nobody: Promise<string> | undefined;

  /** In the PHC string form. */
  hash(password: string): Promise<string> {
    return hash(password, PARAMETERS);
  }

  /** False for `null`, after as much work as for a wrong password. */
  async matches(passwordHash: string | null, password: string): Promise<boolean> {
    this.#nobody ??= this.hash(randomBytes(16).toString('hex'));
    const matched = await verify(passwordHash ?? (await this.#nobody), password);
    return matched && passwordHash !== null;
  }
}
