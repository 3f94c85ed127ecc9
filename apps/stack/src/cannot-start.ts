/** Something that whoever started the program has to mend: it is said in one line, without a stack trace. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
