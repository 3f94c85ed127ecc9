import type { Locale } from './locales';
import type room from '../../messages/en/room.json';
import type shell from '../../messages/en/shell.json';

/** Keys are checked: a message that no file has is a type error. */
declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: { shell: typeof shell; room: typeof room };
  }
}
