import { cx } from './cx';

/** The place of something that is on its way. Give it the size of what will come. */
export function Skeleton(props: { className?: string }) {
  return (
    <span aria-hidden className={cx('block animate-pulse rounded-md bg-hover', props.className)} />
  );
}
