/** The user of a connection that has signed in (`pusher:signin`). */
export interface SignedInUser {
  readonly id: string;
  readonly info: unknown;
}
