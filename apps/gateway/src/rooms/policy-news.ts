/** Hears of changes that no log entry tells of: roles, and rooms that are gone. */
export interface PolicyNews {
  /**
   * Tells every gateway that who may do what in the room has changed. Resolves when none of them gives the room out to anybody any
   * more who may not read it: all that give it out have said so, or have had the time after which they see it by themselves. Never
   * rejects.
   */
  tellPolicyChanged(roomId: number): Promise<void>;
}
