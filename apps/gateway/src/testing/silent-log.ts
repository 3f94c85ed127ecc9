import type { Log } from '../log';

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A level of a log that keeps its lines, fields included. */
export function keepIn(lines: string[]): Log['error'] {
  return (message, fields = {}) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
}
