import { Injectable } from '@nestjs/common';
import { Handle, type AccountCreation, type SessionUser, type SignIn } from '@hubbub/protocol';
import { Refusal } from '../refusal';
import { Database } from '../store/database';
import { UserEntity } from '../store/entities/user.entity';
import { Passwords } from './passwords';
import { randomId } from './random-id';
import { SessionTokens } from './session-tokens';
import type { Session } from './session';

/** Names that would be taken for the house's own. */
const RESERVED = new Set(['admin', 'hubbub', 'system']);

/** What two names have in common that look alike at a glance: case, width, blanks, and what is not drawn. */
function folded(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Default_Ignorable_Code_Point}]+/gu, '');
}

/** What somebody gets who has signed in. */
export interface SignedIn {
  token: string;
  session: Session;
}

function toSessionUser(user: UserEntity): SessionUser {
  return { id: user.id, name: user.name, role: user.role };
}

/** Who can be somebody here: guests with a name, and accounts with a handle and a password. */
@Injectable()
export class AccountsService {
  readonly #database: Database;
  readonly #passwords: Passwords;
  readonly #tokens: SessionTokens;

  constructor(database: Database, passwords: Passwords, tokens: SessionTokens) {
    this.#database = database;
    this.#passwords = passwords;
    this.#tokens = tokens;
  }

  /** @throws {Refusal} `conflict` where the name is somebody's handle. */
  async signInGuest(name: string): Promise<SignedIn> {
    await this.#assertNameIsFree(name, null);
    const user = { id: randomId(), name, role: 'guest' as const };
    await this.#insert({ ...user, handle: null, passwordHash: null });
    return this.#tokens.issue(user);
  }

  /**
   * An account, signed in. `by` is who asks: another role than `user` is given by an admin alone.
   *
   * @throws {Refusal} `conflict` (the handle, or the name, is somebody else's), `forbidden`.
   */
  async create(creation: AccountCreation, by: SessionUser | null): Promise<SignedIn> {
    const { handle, name, role } = creation;
    if (role !== 'user' && by?.role !== 'admin') {
      throw new Refusal('forbidden', `only an admin makes an account with the role ${role}`, {
        field: 'role',
      });
    }
    if (RESERVED.has(handle)) throw this.#handleIsTaken();
    await this.#assertNameIsFree(name, handle);
    // Asked before the costly hash; the unique index decides all the same.
    const taken = await this.#users.existsBy({ handle });
    if (taken) throw this.#handleIsTaken();
    const passwordHash = await this.#passwords.hash(creation.password);
    const user = { id: randomId(), name, role };
    try {
      await this.#insert({ ...user, handle, passwordHash });
    } catch (error) {
      if (await this.#users.existsBy({ handle })) throw this.#handleIsTaken();
      throw error;
    }
    return this.#tokens.issue(user);
  }

  /** @throws {Refusal} `unauthenticated`, the same and after the same time whether the handle or the password is wrong. */
  async signIn({ handle, password }: SignIn): Promise<SignedIn> {
    const user = await this.#users.findOneBy({ handle });
    const matches = await this.#passwords.matches(user?.passwordHash ?? null, password);
    if (!user || !matches) {
      throw new Refusal('unauthenticated', 'the handle or the password is wrong');
    }
    return this.#tokens.issue(toSessionUser(user));
  }

  get #users() {
    return this.#database.repository(UserEntity);
  }

  async #insert(user: Omit<UserEntity, 'createdAt'>): Promise<void> {
    await this.#users.insert({ ...user, createdAt: Date.now() });
  }

  /** Nobody goes by the handle of somebody else, or by a name of the house. */
  async #assertNameIsFree(name: string, ownHandle: string | null): Promise<void> {
    const handle = folded(name);
    const isSomebodys =
      handle !== ownHandle &&
      Handle.safeParse(handle).success &&
      (await this.#users.existsBy({ handle }));
    const isTaken = isSomebodys || RESERVED.has(handle);
    if (isTaken) throw new Refusal('conflict', 'this name is taken', { field: 'name' });
  }

  #handleIsTaken(): Refusal {
    return new Refusal('conflict', 'this handle is taken', { field: 'handle' });
  }
}
