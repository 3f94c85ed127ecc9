import { firstGlyph, hueOf, seedOf } from './hue';
import { cx } from './cx';
import styles from './room-cover.module.css';

const LANES = [26, 62, 98, 134];

interface Pill {
  x: number;
  y: number;
  width: number;
  bright: boolean;
}

/** Where the comments of the drawing are: the same for the same room, on every machine. */
function pillsOf(seed: number): Pill[] {
  const pills: Pill[] = [];
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
  // Never on the first lane, where the badge is.
  const bright = 1 + next(LANES.length - 1);
  LANES.forEach((y, lane) => {
    let x = next(60) - 50;
    for (let i = 0; i < 3; i++) {
      const width = 34 + next(74);
      pills.push({ x, y, width, bright: lane === bright && i === 1 });
      x += width + 26 + next(70);
    }
  });
  return pills;
}

/**
 * A room's own picture, drawn from its slug and title: its colour, its first character, comments on their lanes. Fills
 * its positioned parent. In a parent with the class `group` the lanes drift while it is pointed at or focused.
 */
export function RoomCover(props: {
  slug: string;
  title: string;
  /** Without colour, for a room that is off air. */
  asleep?: boolean | undefined;
  className?: string | undefined;
}) {
  const seed = seedOf(props.slug);
  const hue = hueOf(props.slug);
  const chroma = props.asleep === true ? 0.18 : 1;
  const colour = (lightness: number, c: number, turn = 0) =>
    `oklch(${String(lightness)} ${String(c * chroma)} ${String(hue + turn)})`;
  return (
    <svg
      viewBox="0 0 320 180"
      preserveAspectRatio="xMaxYMid slice"
      aria-hidden
      className={cx('absolute inset-0 size-full', styles['cover'], props.className)}
      style={{
        background: `linear-gradient(120deg, ${colour(0.36, 0.105)}, ${colour(0.25, 0.085, 42)})`,
      }}
    >
      <text
        x="306"
        y="176"
        textAnchor="end"
        fontSize="196"
        fontWeight="800"
        fill={colour(0.56, 0.125, 14)}
        className={styles['glyph']}
      >
        {firstGlyph(props.title)}
      </text>
      {LANES.map((y, lane) => (
        <g
          key={y}
          className={styles['lane']}
          style={{ animationDuration: `${String(5 + ((seed >>> (lane * 3)) % 4))}s` }}
        >
          {pillsOf(seed)
            .filter((pill) => pill.y === y)
            .map((pill) => (
              <rect
                key={pill.x}
                x={pill.x}
                y={pill.y}
                width={pill.width}
                height="13"
                rx="6.5"
                fill={pill.bright ? colour(0.86, 0.14, 10) : 'oklch(1 0 0)'}
                fillOpacity={pill.bright ? 0.95 : 0.17}
              />
            ))}
        </g>
      ))}
    </svg>
  );
}
