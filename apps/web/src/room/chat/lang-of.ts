/**
 * The language that a message is most likely written in, as a tag for its `lang`, so that it gets the right glyphs and
 * voice. Told from the script alone: kana is Japanese, hangul is Korean, Han without either is Chinese. `undefined` where
 * there is nothing to tell it from (emoji, digits) and for Latin scripts, whose languages look alike.
 */
export function langOf(text: string): 'ja' | 'ko' | 'zh' | 'ru' | 'ar' | 'th' | undefined {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return 'ja';
  if (/\p{Script=Hangul}/u.test(text)) return 'ko';
  if (/\p{Script=Han}/u.test(text)) return 'zh';
  if (/\p{Script=Cyrillic}/u.test(text)) return 'ru';
  if (/\p{Script=Arabic}/u.test(text)) return 'ar';
  if (/\p{Script=Thai}/u.test(text)) return 'th';
  return undefined;
}
