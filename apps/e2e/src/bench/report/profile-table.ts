import type { HotFunction } from '../../testing/cpu-profile';

/** Where a gateway's time goes, the most first: each function by itself, without what it calls. */
export function hotFunctions(functions: readonly HotFunction[]): string {
  return functions
    .map(({ name, place, selfShare }) => {
      const share = `${(selfShare * 100).toFixed(1)} %`.padStart(7);
      return `${share}  ${name.padEnd(36)} ${place}`;
    })
    .join('\n');
}
