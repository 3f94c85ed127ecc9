import type { ReactNode } from 'react';
import { cx } from './cx';

const TONES = {
  live: 'bg-live text-on-live',
  neutral: 'bg-hover text-muted',
  accent: 'bg-accent text-on-accent',
  outline: 'border border-hair text-muted',
};

/** A word about something: LIVE, owner, bot. Colour is never the only sign. */
export function Badge(props: {
  tone?: keyof typeof TONES | undefined;
  children: ReactNode;
  className?: string | undefined;
}) {
  return (
    <span
      className={cx(
        'inline-flex h-5 items-center gap-1.5 rounded-sm px-1.5 text-xs font-semibold whitespace-nowrap',
        TONES[props.tone ?? 'neutral'],
        props.className,
      )}
    >
      {props.children}
    </span>
  );
}
