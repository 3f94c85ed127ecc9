import { langOf } from './lang-of';

describe('langOf', () => {
  it.each([
    ['这个主播好厉害', 'zh'],
    ['哈哈哈 666', 'zh'],
    ['nice 啊', 'zh'],
    ['かわいい', 'ja'],
    ['東京タワー', 'ja'],
    ['日本語が好き', 'ja'],
    ['안녕하세요', 'ko'],
    ['привет', 'ru'],
    ['مرحبا', 'ar'],
    ['สวัสดี', 'th'],
  ])('%s is %s', (text, lang) => {
    expect(langOf(text)).toBe(lang);
  });

  it.each(['hello there', 'olé', '666', '🎉🎉', ''])('%j says nothing of its language', (text) => {
    expect(langOf(text)).toBeUndefined();
  });
});
