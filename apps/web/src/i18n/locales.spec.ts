import { pickLocale } from './locales';

describe('the language of a page', () => {
  it.each([
    ['the choice wins', 'zh', 'en-GB,en;q=0.9', 'zh'],
    ['the browser decides', undefined, 'zh-TW,zh;q=0.9,en;q=0.8', 'zh'],
    ['by weight, not by place', undefined, 'en;q=0.4, zh-CN;q=0.8', 'zh'],
    ['what we lack is passed over', undefined, 'fr-FR,fr;q=0.9,zh;q=0.5', 'zh'],
    ['what is refused is not taken', undefined, 'zh;q=0', 'en'],
    ['nothing known is English', undefined, null, 'en'],
    ['a broken cookie is no choice', 'xx', 'zh', 'zh'],
  ])('%s', (_, chosen, accept, locale) => {
    expect(pickLocale(chosen, accept)).toBe(locale);
  });
});
