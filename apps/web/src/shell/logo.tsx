import { cx } from '../ui/cx';

/** The mark: comments on three lanes. */
export function LogoMark(props: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={cx('shrink-0', props.className)}>
      <rect width="32" height="32" rx="9" fill="oklch(0.9 0.175 102)" />
      <g fill="oklch(0.2 0.035 95)">
        <rect x="13" y="7" width="19" height="5" rx="2.5" />
        <rect x="5" y="13.5" width="16" height="5" rx="2.5" />
        <circle cx="26" cy="16" r="2.5" />
        <rect x="10" y="20" width="13" height="5" rx="2.5" />
      </g>
    </svg>
  );
}

/** The name, drawn: stems and bowls of one width, and somebody talking in the last one. */
export function Wordmark(props: { className?: string }) {
  return (
    <svg
      viewBox="-2 0 109 26"
      fill="none"
      stroke="currentColor"
      strokeWidth="3.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      className={props.className}
    >
      <path d="M0 3V22M0 16a6 6 0 0 1 12 0V22" />
      <path d="M18.5 10V16a6 6 0 0 0 12 0V10M30.5 10V22" />
      <path d="M37 3V22M43 10a6 6 0 1 1 0 12a6 6 0 1 1 0-12" />
      <path d="M55.5 3V22M61.5 10a6 6 0 1 1 0 12a6 6 0 1 1 0-12" />
      <path d="M74 10V16a6 6 0 0 0 12 0V10M86 10V22" />
      <path d="M92.5 3V22M98.5 10a6 6 0 1 1 0 12a6 6 0 1 1 0-12" />
      <circle cx="98.5" cy="16" r="2.3" fill="var(--live)" stroke="none" />
    </svg>
  );
}
