import { cx } from './cx';

/** Three dots that speak in turn: the logo's way of saying "a moment". Decorative; say what is loading in text. */
export function Spinner(props: { className?: string }) {
  return (
    <span aria-hidden className={cx('inline-flex items-center gap-1', props.className)}>
      {[0, 160, 320].map((delay) => (
        <span
          key={delay}
          style={{ animationDelay: `${String(delay)}ms` }}
          className="size-1.5 animate-pulse rounded-full bg-current"
        />
      ))}
    </span>
  );
}
