/** How many connections have joined each room, over all gateways. */
export interface ViewerCounts {
  count(roomId: number): number;
  /** All rooms with viewers: the fullest first, and among equals the lower id. */
  ranking(): { roomId: number; viewers: number }[];
}
