/** How many connections, and users, have joined each room, over all gateways. */
export interface ViewerCounts {
  count(roomId: number): number;
  /** Each once, anonymous viewers not counted; null where it is not known. */
  users(roomId: number): Promise<number | null>;
  /** All rooms with viewers: the fullest first, and among equals the lower id. */
  ranking(): { roomId: number; viewers: number }[];
}
