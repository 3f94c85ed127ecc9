import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCALES } from './locales';

const FOLDER = join(__dirname, '../../messages');

/** Every message of a file as `a.b.c → text`. */
function messagesOf(locale: string, file: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (typeof value === 'string') found.set(path, value);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        walk(inner, path === '' ? key : `${path}.${key}`);
      }
    } else throw new Error(`${locale}/${file}: ${path} is neither a text nor a group`);
  };
  walk(JSON.parse(readFileSync(join(FOLDER, locale, file), 'utf8')), '');
  return found;
}

/** The names of what is filled in: {name}, {count, plural, …}, <b>. */
function placeholders(text: string): string[] {
  return [...new Set(text.match(/(?<=\{)\w+(?=[,}])|(?<=<)\w+(?=>)/g) ?? [])].sort();
}

describe('messages', () => {
  const files = readdirSync(join(FOLDER, 'en'));

  it('come in the same files in every language', () => {
    for (const locale of LOCALES) expect(readdirSync(join(FOLDER, locale))).toEqual(files);
  });

  describe.each(files)('%s', (file) => {
    const en = messagesOf('en', file);

    it.each(LOCALES)('has in %s exactly the keys of English, none empty', (locale) => {
      const messages = messagesOf(locale, file);
      expect([...messages.keys()].sort()).toEqual([...en.keys()].sort());
      expect([...messages].filter(([, text]) => text.trim() === '')).toEqual([]);
    });

    it.each(LOCALES)('fills in nothing in %s that English does not know', (locale) => {
      for (const [key, text] of messagesOf(locale, file)) {
        const known = placeholders(en.get(key) ?? '');
        expect({ key, unknown: placeholders(text).filter((p) => !known.includes(p)) }).toEqual({
          key,
          unknown: [],
        });
      }
    });
  });
});
