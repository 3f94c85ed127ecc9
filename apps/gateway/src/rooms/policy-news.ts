/** Hears of changes that no log entry tells of: roles, and rooms that are gone. */
export interface PolicyNews {
  /** Tells every gateway that who may do what in the room has changed. Never throws. */
  tellPolicyChanged(roomId: number): void;
}
