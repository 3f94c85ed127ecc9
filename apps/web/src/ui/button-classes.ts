import { cx } from './cx';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';
export type ButtonSize = 'sm' | 'md' | 'lg';

const BASE =
  'relative inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap font-semibold select-none transition-[background-color,border-color,color,scale] duration-(--duration-fast) active:scale-[0.98] disabled:opacity-50 disabled:active:scale-100';

const VARIANTS: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border border-hair bg-surface text-ink hover:border-edge hover:bg-raised',
  ghost:
    'text-muted hover:bg-hover hover:text-ink data-popup-open:bg-hover data-popup-open:text-ink',
  danger: 'bg-live text-on-live hover:brightness-110',
};

const SIZES: Record<ButtonSize, string> = {
  sm: 'h-8 rounded-md px-3 text-sm',
  md: 'h-10 rounded-md px-4 text-base',
  lg: 'h-12 rounded-lg px-5 text-base',
};

/** The classes of a button, also for a link that should look like one. */
export function buttonClasses(
  variant: ButtonVariant = 'secondary',
  size: ButtonSize = 'md',
): string {
  return cx(BASE, VARIANTS[variant], SIZES[size]);
}
