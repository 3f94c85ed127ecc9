import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids, keys and slugs are compared byte by byte: `aBc` and `abc` are two keys. */
const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin';

/** MySQL commits each of them by itself: one that was interrupted is finished by the next start. */
const MYSQL = [
  `CREATE TABLE IF NOT EXISTS users (
    id varchar(24) ${ASCII} NOT NULL,
    handle varchar(24) ${ASCII} NULL,
    name varchar(64) NOT NULL,
    password_hash varchar(255) ${ASCII} NULL,
    role varchar(16) ${ASCII} NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY users_handle (handle)
  )`,
  `CREATE TABLE IF NOT EXISTS rooms (
    id int NOT NULL AUTO_INCREMENT,
    slug varchar(64) ${ASCII} NOT NULL,
    title varchar(400) NOT NULL,
    owner_id varchar(24) ${ASCII} NULL,
    state varchar(8) ${ASCII} NOT NULL,
    visibility varchar(8) ${ASCII} NOT NULL,
    stream_url varchar(2048) NULL,
    slow_mode_ms int NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY rooms_slug (slug),
    KEY rooms_listed (visibility, state, id)
  )`,
  `CREATE TABLE IF NOT EXISTS room_heads (
    room_id int NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    policy_version int NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id)
  )`,
  `CREATE TABLE IF NOT EXISTS room_entries (
    room_id int NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    kind varchar(16) ${ASCII} NOT NULL,
    user_id varchar(24) ${ASCII} NOT NULL,
    idempotency_key varchar(64) ${ASCII} NOT NULL,
    body text NOT NULL,
    withdrawn tinyint NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, seq),
    UNIQUE KEY room_entries_key (room_id, user_id, idempotency_key)
  )`,
  `CREATE TABLE IF NOT EXISTS room_members (
    room_id int NOT NULL,
    user_id varchar(24) ${ASCII} NOT NULL,
    role varchar(16) ${ASCII} NOT NULL DEFAULT 'viewer',
    muted_until bigint NULL,
    read_seq bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_id),
    KEY room_members_user (user_id)
  )`,
  `CREATE TABLE IF NOT EXISTS revoked_sessions (
    id varchar(32) ${ASCII} NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (id)
  )`,
].map((sql) => `${sql} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

const SQLITE = [
  `CREATE TABLE users (
    id varchar(24) PRIMARY KEY NOT NULL,
    handle varchar(24) NULL,
    name varchar(64) NOT NULL,
    password_hash varchar(255) NULL,
    role varchar(16) NOT NULL,
    created_at bigint NOT NULL
  )`,
  `CREATE UNIQUE INDEX users_handle ON users (handle)`,
  `CREATE TABLE rooms (
    "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug varchar(64) NOT NULL,
    title varchar(400) NOT NULL,
    owner_id varchar(24) NULL,
    state varchar(8) NOT NULL,
    visibility varchar(8) NOT NULL,
    stream_url varchar(2048) NULL,
    slow_mode_ms integer NOT NULL DEFAULT 0,
    created_at bigint NOT NULL
  )`,
  `CREATE UNIQUE INDEX rooms_slug ON rooms (slug)`,
  `CREATE INDEX rooms_listed ON rooms (visibility, state, id)`,
  `CREATE TABLE room_heads (
    room_id integer PRIMARY KEY NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    policy_version integer NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE room_entries (
    room_id integer NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    kind varchar(16) NOT NULL,
    user_id varchar(24) NOT NULL,
    idempotency_key varchar(64) NOT NULL,
    body text NOT NULL,
    withdrawn boolean NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, seq)
  )`,
  `CREATE UNIQUE INDEX room_entries_key ON room_entries (room_id, user_id, idempotency_key)`,
  `CREATE TABLE room_members (
    room_id integer NOT NULL,
    user_id varchar(24) NOT NULL,
    role varchar(16) NOT NULL DEFAULT 'viewer',
    muted_until bigint NULL,
    read_seq bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (room_id, user_id)
  )`,
  `CREATE INDEX room_members_user ON room_members (user_id)`,
  `CREATE TABLE revoked_sessions (
    id varchar(32) PRIMARY KEY NOT NULL,
    expires_at bigint NOT NULL
  )`,
];

/** Everything that the first release keeps. Removed rooms' ids are never used again (AUTOINCREMENT). */
export class First1700000000000 implements MigrationInterface {
  readonly name = 'First1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    const isMysql = runner.dataSource.options.type === 'mysql';
    for (const sql of isMysql ? MYSQL : SQLITE) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    const tables = ['revoked_sessions', 'room_members', 'room_entries', 'room_heads', 'rooms'];
    for (const table of [...tables, 'users']) await runner.query(`DROP TABLE ${table}`);
  }
}
