import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids and keys are compared byte by byte. */
const EXACT = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin';

/** Soketi's columns; a table that Soketi has made is left as it is. Its limits are INT here: a TINYINT ends at 127. */
const MYSQL = [
  `CREATE TABLE IF NOT EXISTS apps (
    id varchar(255) ${EXACT} NOT NULL,
    \`key\` varchar(255) ${EXACT} NOT NULL,
    secret varchar(255) ${EXACT} NOT NULL,
    max_connections int NOT NULL DEFAULT -1,
    enabled tinyint NOT NULL DEFAULT 1,
    enable_client_messages tinyint NOT NULL DEFAULT 0,
    max_backend_events_per_sec int NOT NULL DEFAULT -1,
    max_client_events_per_sec int NOT NULL DEFAULT -1,
    max_read_req_per_sec int NOT NULL DEFAULT -1,
    webhooks json NULL,
    max_presence_members_per_channel int NULL,
    max_presence_member_size_in_kb int NULL,
    max_channel_name_length int NULL,
    max_event_channels_at_once int NULL,
    max_event_name_length int NULL,
    max_event_payload_in_kb int NULL,
    max_event_batch_size int NULL,
    enable_user_authentication tinyint NULL,
    PRIMARY KEY (id),
    KEY apps_key (\`key\`)
  )`,
  `CREATE TABLE IF NOT EXISTS webhook_lanes (
    id int NOT NULL AUTO_INCREMENT,
    app_id varchar(255) ${EXACT} NOT NULL,
    webhook varchar(64) ${ASCII} NOT NULL,
    target varchar(2048) NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    owner varchar(128) ${ASCII} NULL,
    lease_until bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY webhook_lanes_webhook (app_id, webhook)
  )`,
  `CREATE TABLE IF NOT EXISTS webhook_deliveries (
    lane_id int NOT NULL,
    seq bigint NOT NULL,
    event_id varchar(64) ${ASCII} NOT NULL,
    ordering_key varchar(64) ${ASCII} NOT NULL,
    body mediumtext NOT NULL,
    state varchar(16) ${ASCII} NOT NULL DEFAULT 'pending',
    recorded_at bigint NOT NULL,
    queued_at bigint NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    due_at bigint NULL,
    settled_at bigint NULL,
    status int NULL,
    error varchar(500) NULL,
    PRIMARY KEY (lane_id, seq),
    UNIQUE KEY webhook_deliveries_event (lane_id, event_id),
    KEY webhook_deliveries_state (state, lane_id, seq)
  )`,
].map((sql) => `${sql} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);

const SQLITE = [
  `CREATE TABLE IF NOT EXISTS apps (
    id varchar(255) PRIMARY KEY NOT NULL,
    "key" varchar(255) NOT NULL,
    secret varchar(255) NOT NULL,
    max_connections integer NOT NULL DEFAULT -1,
    enabled tinyint NOT NULL DEFAULT 1,
    enable_client_messages tinyint NOT NULL DEFAULT 0,
    max_backend_events_per_sec integer NOT NULL DEFAULT -1,
    max_client_events_per_sec integer NOT NULL DEFAULT -1,
    max_read_req_per_sec integer NOT NULL DEFAULT -1,
    webhooks json NULL,
    max_presence_members_per_channel integer NULL,
    max_presence_member_size_in_kb integer NULL,
    max_channel_name_length integer NULL,
    max_event_channels_at_once integer NULL,
    max_event_name_length integer NULL,
    max_event_payload_in_kb integer NULL,
    max_event_batch_size integer NULL,
    enable_user_authentication tinyint NULL
  )`,
  `CREATE INDEX IF NOT EXISTS apps_key ON apps ("key")`,
  `CREATE TABLE webhook_lanes (
    "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    app_id varchar(255) NOT NULL,
    webhook varchar(64) NOT NULL,
    target varchar(2048) NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    owner varchar(128) NULL,
    lease_until bigint NOT NULL DEFAULT 0
  )`,
  `CREATE UNIQUE INDEX webhook_lanes_webhook ON webhook_lanes (app_id, webhook)`,
  `CREATE TABLE webhook_deliveries (
    lane_id integer NOT NULL,
    seq bigint NOT NULL,
    event_id varchar(64) NOT NULL,
    ordering_key varchar(64) NOT NULL,
    body mediumtext NOT NULL,
    state varchar(16) NOT NULL DEFAULT 'pending',
    recorded_at bigint NOT NULL,
    queued_at bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at bigint NULL,
    settled_at bigint NULL,
    status integer NULL,
    error varchar(500) NULL,
    PRIMARY KEY (lane_id, seq)
  )`,
  `CREATE UNIQUE INDEX webhook_deliveries_event ON webhook_deliveries (lane_id, event_id)`,
  `CREATE INDEX webhook_deliveries_state ON webhook_deliveries (state, lane_id, seq)`,
];

/** What the Pusher Channels side keeps: its apps, and what it still has to tell their webhooks. */
export class Pusher1700000000001 implements MigrationInterface {
  readonly name = 'Pusher1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    const isMysql = runner.dataSource.options.type === 'mysql';
    for (const sql of isMysql ? MYSQL : SQLITE) await runner.query(sql);
  }

  /** The apps stay: they may be Soketi's. */
  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['webhook_deliveries', 'webhook_lanes']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
