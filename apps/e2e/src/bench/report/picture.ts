import { show, type FigureName } from '../cases/figures';
import type { Summary, SystemSummary } from './summary';

/** One figure of all systems as bars that begin at zero. */
interface Panel {
  title: string;
  where: string;
  figure: FigureName;
  /** The case, or several: of each system the first that it was asked. */
  cases: readonly string[];
  isMoreBetter: boolean;
}

const PANELS: readonly Panel[] = [
  {
    title: 'Server CPU for one delivery',
    where: '1,000 viewers, 200 messages a second',
    figure: 'cpuPerDelivery',
    cases: ['fanout-200'],
    isMoreBetter: false,
  },
  {
    title: 'Delivered in time',
    where: '1,000 viewers, 1,000 messages a second',
    figure: 'deliveredShare',
    cases: ['fanout-1000'],
    isMoreBetter: true,
  },
  {
    title: 'Bytes on the wire for one delivery',
    where: '200 messages a second, compressed where it can be',
    figure: 'bytesPerDelivery',
    cases: ['wire', 'fanout-200'],
    isMoreBetter: false,
  },
  {
    title: 'Send to seen, p50',
    where: '1,000 viewers, 20 messages a second',
    figure: 'seenP50',
    cases: ['fanout-20'],
    isMoreBetter: false,
  },
  {
    title: 'Memory for one idle connection',
    where: 'joined, nothing going on',
    figure: 'bytesPerConnection',
    cases: ['idle'],
    isMoreBetter: false,
  },
  {
    title: 'Connected and joined a second',
    where: 'one server, as fast as it takes them',
    figure: 'connectsPerSecond',
    cases: ['connect'],
    isMoreBetter: true,
  },
];

/** Less than so many percent delivered: it cannot keep up. */
const KEEPS_UP = 99.9;

const WIDTH = 960;
const MARGIN = 32;
const GAP = 48;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - GAP) / 2;
const HEADER = 108;
const FOOTER = 44;
const PANEL_HEADER = 56;
const ROW = 24;
const BAR = 14;
const PANEL_GAP = 28;
const NAMES = 192;
/** Behind the longest bar, for its figure. */
const VALUES = 84;

const STYLE = `
    svg { --ground: #ffffff; --edge: #d8dee6; --ink: #1b2430; --soft: #5b6776; --ours: #0b7285; --theirs: #a9b4c0; }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #12171e; --edge: #2c3642; --ink: #e8edf3; --soft: #94a1b0; --ours: #3bc9db; --theirs: #566273; }
    }
    text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; fill: var(--ink); font-size: 13px; }
    .head { font-size: 20px; font-weight: 650; }
    .title { font-size: 14.5px; font-weight: 650; }
    .soft { fill: var(--soft); font-size: 12px; }
    .ours { font-weight: 650; }
    .value { font-variant-numeric: tabular-nums; }`;

/**
 * The run as one picture: bars from zero, each with its figure. Light and dark by the viewer's preference, with the fonts that it
 * has. Panels of what was not measured are left out.
 */
export function picture(summary: Summary): string {
  const panels = PANELS.map((panel) => ({ panel, bars: barsOf(panel, summary) })).filter(
    ({ bars }) => bars.some(({ value }) => value !== null),
  );
  const rows: (typeof panels)[] = [];
  for (let i = 0; i < panels.length; i += 2) rows.push(panels.slice(i, i + 2));
  const parts: string[] = [];
  let y = HEADER;
  for (const row of rows) {
    row.forEach(({ panel, bars }, column) => {
      const x = MARGIN + column * (PANEL_WIDTH + GAP);
      parts.push(drawPanel(panel, bars, { x, y }));
    });
    y += Math.max(...row.map(({ bars }) => PANEL_HEADER + bars.length * ROW)) + PANEL_GAP;
  }
  const height = y + FOOTER - PANEL_GAP / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" width="${String(WIDTH)}" height="${String(height)}" role="img" aria-label="${escape(describe(panels))}">
  <style>${STYLE}
  </style>
  <rect x="0.5" y="0.5" width="${String(WIDTH - 1)}" height="${String(height - 1)}" rx="12" fill="var(--ground)" stroke="var(--edge)"/>
  <text class="head" x="${String(MARGIN)}" y="42">Hubbub beside what people use today</text>
${subtitle(summary)
  .map(
    (line, index) =>
      `  <text class="soft" x="${String(MARGIN)}" y="${String(63 + index * 17)}">${escape(line)}</text>`,
  )
  .join('\n')}
${parts.join('\n')}
  <text class="soft" x="${String(MARGIN)}" y="${String(height - 20)}">${escape(footer(summary))}</text>
</svg>
`;
}

interface Bar {
  system: string;
  isOurs: boolean;
  value: number | null;
  figure: FigureName;
  /** Why there is no value. */
  missing: string;
  /** Behind the value. */
  remark: string;
}

function barsOf({ cases, figure }: Panel, summary: Summary): Bar[] {
  const asked = cases
    .map((id) => summary.cases.find((it) => it.id === id))
    .filter((it) => it !== undefined);
  const all = new Map<string, SystemSummary>();
  // Every system has a row of its own, in the order of the tables.
  for (const { systems } of [...asked].reverse()) for (const it of systems) all.set(it.id, it);
  return [...all.values()].map((system) => {
    const found = asked
      .map(({ id, systems }) => ({ id, it: systems.find(({ id }) => id === system.id) }))
      .find(({ it }) => typeof it?.figures[figure] === 'number');
    return {
      system: system.name,
      isOurs: system.id.startsWith('hubbub'),
      value: found?.it?.figures[figure] ?? null,
      figure,
      missing: system.failures.length > 0 ? 'failed' : 'cannot keep up',
      remark: remarkOn(found, cases[0]),
    };
  });
}

/** What a figure would hide: that it is of another case, or of the few messages that arrived. */
function remarkOn(
  found: { id: string; it: SystemSummary | undefined } | undefined,
  asked: string | undefined,
): string {
  if (!found || asked !== 'wire') return '';
  if (found.id !== asked) return ', plain';
  const delivered = found.it?.figures.deliveredShare ?? 100;
  return delivered < KEEPS_UP ? `, ${show('deliveredShare', delivered)} delivered` : '';
}

function drawPanel(
  { title, where, isMoreBetter }: Panel,
  bars: readonly Bar[],
  { x, y }: { x: number; y: number },
): string {
  const longest = Math.max(...bars.map(({ value }) => value ?? 0));
  const room = PANEL_WIDTH - NAMES - VALUES;
  const better = isMoreBetter ? 'longer is better' : 'shorter is better';
  const lines = bars.map(({ system, isOurs, value, figure, missing, remark }, index) => {
    const top = PANEL_HEADER + index * ROW - 8;
    const middle = top + BAR - 3;
    const width = value === null || longest <= 0 ? 0 : Math.max(1.5, (value / longest) * room);
    const name = `<text${isOurs ? ' class="ours"' : ''} x="0" y="${String(middle)}">${escape(system)}</text>`;
    const bar = `<rect x="${String(NAMES)}" y="${String(top)}" width="${width.toFixed(1)}" height="${String(BAR)}" rx="2" fill="var(--${isOurs ? 'ours' : 'theirs'})"/>`;
    const shown = value === null ? missing : show(figure, value) + remark;
    // What has no bar says so where the bar would be.
    const at = value === null ? NAMES + 6 : NAMES + width + 8;
    const text = `<text class="${value === null ? 'soft' : isOurs ? 'ours value' : 'value'}" x="${at.toFixed(1)}" y="${String(middle)}">${escape(shown)}</text>`;
    return `    ${bar}${name}${text}`;
  });
  return `  <g transform="translate(${String(x)} ${String(y)})">
    <text class="title" x="0" y="14">${escape(title)}</text>
    <text class="soft" x="0" y="32">${escape(`${where}; ${better}`)}</text>
${lines.join('\n')}
    <path d="M${String(NAMES)} ${String(PANEL_HEADER - 12)}v${String(bars.length * ROW - 2)}" stroke="var(--edge)"/>
  </g>`;
}

function subtitle({ rounds, sizes }: Summary): string[] {
  const medians = rounds === 1 ? 'one round' : `medians of ${String(rounds)} rounds`;
  return [
    `One after another on the same machine, in the same run, under the same load; ${String(sizes.seconds)} s each, ${medians}.`,
    'Hubbub’s rooms commit every message to a database before anybody sees it; its Pusher channels and the others do not.',
  ];
}

function footer({ machine, date }: Summary): string {
  return `npm run bench · ${String(machine.cores)} × ${machine.cpu}, Node ${machine.node} · ${date}`;
}

/** For those who cannot see it. */
function describe(panels: readonly { panel: Panel; bars: readonly Bar[] }[]): string {
  return panels
    .map(({ panel, bars }) => {
      const values = bars.map(
        ({ system, value, figure, missing }) =>
          `${system} ${value === null ? missing : show(figure, value)}`,
      );
      return `${panel.title} (${panel.where}): ${values.join(', ')}.`;
    })
    .join(' ');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
