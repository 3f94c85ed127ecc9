export interface TextPart {
  text: string;
  /** `me`: the reader's own name after an @. */
  kind: 'plain' | 'mention' | 'me';
}

const MENTION = /@[\p{L}\p{N}_-]+/gu;

/** Whether a text calls somebody by `@name`. Names may have spaces, and Chinese ones are followed by text without any. */
export function mentions(text: string, name: string): boolean {
  return indexOfMention(text, name, 0) >= 0;
}

/** Cuts a text at its mentions, so that the list can mark them. */
export function partsOf(text: string, myName: string | null): TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  const put = (from: number, to: number, kind: TextPart['kind']): void => {
    if (to > from) parts.push({ text: text.slice(from, to), kind });
    done = to;
  };
  while (done < text.length) {
    const mine = myName === null ? -1 : indexOfMention(text, myName, done);
    MENTION.lastIndex = done;
    const other = MENTION.exec(text);
    if (mine >= 0 && myName !== null && (other === null || mine <= other.index)) {
      put(done, mine, 'plain');
      put(mine, mine + myName.length + 1, 'me');
    } else if (other !== null) {
      put(done, other.index, 'plain');
      put(other.index, other.index + other[0].length, 'mention');
    } else put(done, text.length, 'plain');
  }
  return parts;
}

function indexOfMention(text: string, name: string, from: number): number {
  const wanted = `@${name}`.toLowerCase();
  const index = text.toLowerCase().indexOf(wanted, from);
  if (index < 0) return -1;
  const next = text.slice(index + wanted.length);
  // "@ann" is not in "@anna"; "@小明" is in "@小明你好".
  return /^[a-z0-9_]/i.test(next) && /[a-z0-9_]$/i.test(name)
    ? indexOfMention(text, name, index + 1)
    : index;
}
