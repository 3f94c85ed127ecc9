import type { Target } from '../load/wire';
import type { Recording } from '../../testing/inspector';

/** What a system is to be started with. */
export interface StartOptions {
  /** Processes of the server; clients take turns. More than one meet on Redis. */
  servers: number;
  /** Rooms (channels, topics) that are there when it has started. */
  rooms: number;
  /** Connections that will send; those that need it have a token each. */
  senders: number;
  /** Whether the server offers permessage-deflate to each client. */
  isCompressed: boolean;
  /** Settings of Hubbub's gateways besides the stack's; the others have none. */
  env?: Record<string, string>;
  /** Where the peers are, or are to be installed; by default in the user's cache. */
  peersDir?: string;
  /** Ends the start. */
  signal: AbortSignal;
  progress: (text: string) => void;
}

/** One of those that are compared. */
export interface System {
  /** For `--systems`. */
  readonly id: string;
  /** As tables name it. */
  readonly name: string;
  /** Whether several of its processes can serve one room. */
  readonly isClustered: boolean;
  /** Whether it can offer permessage-deflate. */
  readonly canCompress: boolean;
  /** @throws {Error} with what it said where it does not start. */
  start(options: StartOptions): Promise<RunningSystem>;
}

/** What processes have used since they started. Those of the server and those that it needs apart. */
export interface Usage {
  /** Processor time of all the server's processes, in ms. */
  serverCpuMs: number;
  /** For how long the server's processes had work and no core for it, in ms; of several their mean. */
  serverWaitMs: number;
  /** Of Redis and the database, where it has them. */
  redisCpuMs: number;
  databaseCpuMs: number;
  /** Of all the server's processes, in RAM. */
  residentBytes: number;
}

export interface Stalls {
  /** The longest time, in ms, for which a server's event loop was held. */
  longestMs: number;
  /** The most processor time of that thread in one of them, in ms; null where nobody measures it. */
  mostWorkMs: number | null;
}

export interface RunningSystem {
  /** What the generator of load is to be told. */
  readonly target: Target;
  usage(): Usage;
  /** What the server's processes have in RAM once they have come to rest, in bytes. */
  bytesAtRest(): Promise<number>;
  /** Since this was last asked; null where the servers do not say. */
  stalls(): Promise<Stalls | null>;
  /** Records a CPU profile of the first server's process until `end`, which writes it to `file`. */
  profile(file: string): Promise<Recording>;
  /** False once one of the server's processes has ended by itself. */
  isAlive(): boolean;
  stop(): Promise<void>;
}
