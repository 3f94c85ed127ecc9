import type { Locale } from './locales';

const formats = new Map<string, Intl.NumberFormat>();

function format(locale: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}${options.notation ?? ''}`;
  let one = formats.get(key);
  if (one === undefined) {
    one = new Intl.NumberFormat(locale, options);
    formats.set(key, one);
  }
  return one;
}

/** A count for a glance: 999, 12K, 1.2M; 9999, 1.2万, 3.4亿. Rounded down: nobody is promised viewers that are not there. */
export function formatCount(count: number, locale: Locale): string {
  return format(locale, {
    notation: 'compact',
    maximumFractionDigits: 1,
    roundingMode: 'trunc',
    useGrouping: false,
  }).format(count);
}

/** The whole count, for tooltips and screen readers. */
export function formatCountInFull(count: number, locale: Locale): string {
  return format(locale, {}).format(count);
}
