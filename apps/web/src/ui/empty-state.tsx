import type { ReactNode } from 'react';
import { cx } from './cx';

/** Nothing here, or nothing any more: says so, says why, and offers the next step. */
export function EmptyState(props: {
  /** A drawing or an icon of about 48 px. */
  art?: ReactNode;
  title: string;
  /** h1 where this is all that the page has to say. */
  heading?: 'h1' | 'h2' | undefined;
  children?: ReactNode;
  action?: ReactNode;
  className?: string | undefined;
}) {
  const Heading = props.heading ?? 'h2';
  return (
    <div
      className={cx(
        'mx-auto flex max-w-md flex-col items-center px-6 py-12 text-center',
        props.className,
      )}
    >
      {props.art !== undefined && (
        <div aria-hidden className="mb-5 text-faint">
          {props.art}
        </div>
      )}
      <Heading className="text-xl">{props.title}</Heading>
      {props.children !== undefined && (
        <div className="mt-2 text-base text-pretty text-muted">{props.children}</div>
      )}
      {props.action !== undefined && <div className="mt-6">{props.action}</div>}
    </div>
  );
}
