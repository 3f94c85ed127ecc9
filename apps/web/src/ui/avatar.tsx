import { cx } from './cx';
import { firstGlyph, hueOf } from './hue';

const SIZES = {
  xs: 'size-5 text-[0.625rem]',
  sm: 'size-7 text-xs',
  md: 'size-9 text-sm',
  lg: 'size-12 text-lg',
};

/** A person as a letter on their own colour, the same everywhere. Decorative: the name stands beside it. */
export function Avatar(props: {
  id: string;
  name: string;
  size?: keyof typeof SIZES | undefined;
  className?: string | undefined;
}) {
  const hue = hueOf(props.id);
  return (
    <span
      aria-hidden
      style={{
        backgroundColor: `oklch(0.44 0.085 ${String(hue)})`,
        color: `oklch(0.95 0.035 ${String(hue)})`,
      }}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-full leading-none font-semibold select-none',
        SIZES[props.size ?? 'md'],
        props.className,
      )}
    >
      {firstGlyph(props.name)}
    </span>
  );
}
