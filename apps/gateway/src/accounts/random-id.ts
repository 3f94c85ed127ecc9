import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A public name for something that nobody can guess and that is never given twice: 16 characters of base 62, 95 bits. */
export function randomId(): string {
  let id = '';
  for (let n = 0; n < 16; n++) id += ALPHABET.charAt(randomInt(ALPHABET.length));
  return id;
}
