import type { FaultResult, Outcome } from '../outcome';
import { seriesOf, type Series } from './series';

const WIDTH = 1200;
const MARGIN = 32;
/** For the names of kinds, and of values. */
const NAMES = 132;
const PLOT = WIDTH - 2 * MARGIN - NAMES;
const HEADER = 112;
/** As much of the command as fits: the kinds of faults in it may be many. */
const COMMAND_CHARS = 170;
const LANE = 18;
const BAND = 12;
const PANEL_TITLE = 40;
const ACKS = 110;
const DELAYS = 150;
const FOOTER = 44;
/** A fault of a moment is to be seen all the same. */
const BAND_MIN = 2;
/** ms; each a line of the lower panel. */
const DECADES = [1, 10, 100, 1_000, 10_000, 100_000];

const STYLE = `
    svg { --ground: #ffffff; --edge: #d8dee6; --ink: #1b2430; --soft: #5b6776; --fault: #b35c00; --felt: #f1cfa4; --lost: #c92a2a; --line: #0b7285; --worst: #9aa6b2; }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #12171e; --edge: #2c3642; --ink: #e8edf3; --soft: #94a1b0; --fault: #ff922b; --felt: #5c4326; --lost: #ff6b6b; --line: #3bc9db; --worst: #66727f; }
    }
    text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; fill: var(--ink); font-size: 12px; }
    .head { font-size: 20px; font-weight: 650; }
    .title { font-size: 14px; font-weight: 650; }
    .soft { fill: var(--soft); }
    .value { font-variant-numeric: tabular-nums; }`;

/**
 * A run as a picture over its time: each fault in the lane of its kind, with how long it was felt; messages acknowledged a second; and
 * how long they took to be seen. Light and dark by the viewer's preference.
 */
export function timeline(outcome: Outcome): string {
  const { ms, faults } = outcome;
  const series = seriesOf(outcome);
  const x = (at: number) => MARGIN + NAMES + (Math.min(at, ms) / Math.max(ms, 1)) * PLOT;
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const lanes = HEADER + PANEL_TITLE;
  const acks = lanes + kinds.length * LANE + PANEL_TITLE + 16;
  const delays = acks + ACKS + PANEL_TITLE + 16;
  const height = delays + DELAYS + FOOTER;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" width="${String(WIDTH)}" height="${String(height)}" role="img" aria-labelledby="t d">
  <title id="t">${escape(title(outcome))}</title>
  <desc id="d">${escape(subtitle(outcome))}</desc>
  <style>${STYLE}
  </style>
  <rect width="100%" height="100%" fill="var(--ground)"/>
  <text class="head" x="${String(MARGIN)}" y="46">${escape(title(outcome))}</text>
  <text x="${String(MARGIN)}" y="70">${escape(subtitle(outcome))}</text>
  <text class="soft" x="${String(MARGIN)}" y="90">${escape(cut(outcome.command))}</text>
${heading('Faults', 'dark: at work; light: until everybody was there again and had a fresh message; red: not in time', lanes)}
${drawLanes(faults, kinds, { x, top: lanes })}
${heading('Acknowledged', 'messages a second', acks)}
${drawAcks(series, { x, top: acks })}
${heading('Seen', 'from sending to being seen by a reader; the line is the median, grey the worst', delays)}
${drawDelays(series, { x, top: delays })}
${drawTimes(ms, { x, top: delays + DELAYS + 18 })}
</svg>
`;
}

interface Place {
  x: (at: number) => number;
  top: number;
}

function title({ faults, seed }: Outcome): string {
  const count = faults.length === 1 ? 'One fault' : `${String(faults.length)} faults`;
  return `${count}, seed ${String(seed)}`;
}

function subtitle({ acknowledged, problems, ms }: Outcome): string {
  const wrong =
    problems.length === 0 ? 'every guarantee held' : `${String(problems.length)} problems`;
  const talk = `${String(acknowledged)} messages acknowledged in ${String(Math.round(ms / 1000))} s`;
  return `${talk}; ${wrong}.`;
}

function cut(command: string): string {
  return command.length > COMMAND_CHARS ? `${command.slice(0, COMMAND_CHARS)}…` : command;
}

function heading(name: string, what: string, top: number): string {
  return `  <text x="${String(MARGIN)}" y="${String(top - 14)}"><tspan class="title">${escape(name)}</tspan><tspan class="soft" dx="10">${escape(what)}</tspan></text>`;
}

function drawLanes(
  faults: readonly FaultResult[],
  kinds: readonly string[],
  { x, top }: Place,
): string {
  const names = kinds.map((kind, i) => {
    const y = top + i * LANE + BAND - 1;
    return `  <text class="soft" x="${String(MARGIN)}" y="${String(y)}">${escape(kind)}</text>`;
  });
  const bands = faults.map(({ kind, what, from, to, recoveryMs }) => {
    const y = top + kinds.indexOf(kind) * LANE;
    const felt = to + (recoveryMs ?? 0);
    const told = recoveryMs === null ? 'no recovery' : `recovered in ${seconds(recoveryMs)}`;
    const fill = recoveryMs === null ? 'lost' : 'fault';
    return `  <g><title>${escape(`${what}, at ${seconds(from)}; ${told}`)}</title>${band(x, { from: to, to: felt }, { y, fill: 'felt' })}${band(x, { from, to }, { y, fill })}</g>`;
  });
  return [...names, ...bands].join('\n');
}

function band(
  x: Place['x'],
  { from, to }: { from: number; to: number },
  { y, fill }: { y: number; fill: string },
): string {
  const width = Math.max(BAND_MIN, x(to) - x(from));
  return `<rect x="${x(from).toFixed(1)}" y="${String(y)}" width="${width.toFixed(1)}" height="${String(BAND)}" fill="var(--${fill})"/>`;
}

function drawAcks({ binMs, acknowledged }: Series, { x, top }: Place): string {
  const rates = acknowledged.map((count) => (count * 1000) / binMs);
  const most = Math.max(1, ...rates);
  const y = (rate: number) => top + ACKS * (1 - rate / most);
  const steps = rates.map(
    (rate, i) =>
      `L${x(i * binMs).toFixed(1)} ${y(rate).toFixed(1)}H${x((i + 1) * binMs).toFixed(1)}`,
  );
  const base = top + ACKS;
  return `  <path d="M${x(0).toFixed(1)} ${String(base)}${steps.join('')}V${String(base)}Z" fill="var(--line)" fill-opacity="0.75"/>
${line(base)}
${label(most.toFixed(0), top + 10)}
${label('0', base)}`;
}

function drawDelays({ binMs, seen }: Series, { x, top }: Place): string {
  const worst = Math.max(...seen.map((it) => it?.max ?? 0), 10);
  const last = DECADES.find((decade) => decade >= worst) ?? worst;
  const y = (ms: number) => top + DELAYS * (1 - Math.log10(Math.max(ms, 1)) / Math.log10(last));
  const marks = DECADES.filter((decade) => decade <= last).map(
    (decade) =>
      `${line(y(decade))}\n${label(decade < 1000 ? `${String(decade)} ms` : seconds(decade), y(decade) + 4)}`,
  );
  const bars = seen.flatMap((it, i) => {
    if (it === null) return [];
    const [left, right] = [x(i * binMs), x((i + 1) * binMs)];
    const bar = `<rect x="${left.toFixed(1)}" y="${y(it.max).toFixed(1)}" width="${Math.max(1, right - left).toFixed(1)}" height="${(y(1) - y(it.max)).toFixed(1)}" fill="var(--worst)" fill-opacity="0.45"/>`;
    return [bar];
  });
  return `${marks.join('\n')}
  ${bars.join('')}
  <path d="${medianPath(seen, { x: (i) => x((i + 0.5) * binMs), y })}" fill="none" stroke="var(--line)" stroke-width="1.5"/>`;
}

/** Broken where nothing was sent. */
function medianPath(
  seen: Series['seen'],
  { x, y }: { x: (bin: number) => number; y: (ms: number) => number },
): string {
  return seen
    .map((it, i) => {
      if (it === null) return '';
      const begins = i === 0 || seen[i - 1] === null;
      return `${begins ? 'M' : 'L'}${x(i).toFixed(1)} ${y(it.p50).toFixed(1)}`;
    })
    .join('');
}

function drawTimes(ms: number, { x, top }: Place): string {
  const step = [5, 10, 30, 60, 300, 600].find((it) => ms / 1000 / it <= 12) ?? 1800;
  const times: string[] = [];
  for (let at = 0; at <= ms; at += step * 1000)
    times.push(
      `  <text class="soft value" x="${x(at).toFixed(1)}" y="${String(top)}" text-anchor="middle">${String(at / 1000)} s</text>`,
    );
  return times.join('\n');
}

function line(y: number): string {
  return `  <path d="M${String(MARGIN + NAMES)} ${y.toFixed(1)}h${String(PLOT)}" stroke="var(--edge)"/>`;
}

function label(text: string, y: number): string {
  return `  <text class="soft value" x="${String(MARGIN + NAMES - 8)}" y="${y.toFixed(1)}" text-anchor="end">${escape(text)}</text>`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 1000 ? 2 : 0)} s`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
