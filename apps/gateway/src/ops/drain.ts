/** Whether this gateway takes traffic. Once it drains it does so to its end. */
export class Drain {
  #isDraining = false;

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From here on `/readyz` says no. */
  begin(): void {
    this.#isDraining = true;
  }
}
