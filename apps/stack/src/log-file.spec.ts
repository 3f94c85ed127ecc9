import { closeSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFile } from './log-file';

const dir = mkdtempSync(join(tmpdir(), 'hubbub-log-'));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function write(log: LogFile, text: string): void {
  const descriptor = log.open();
  writeSync(descriptor, text);
  closeSync(descriptor);
}

test('the last lines are those of the present process, and JSON is made readable', () => {
  const log = new LogFile(dir, 'gateway');
  write(log, 'of an earlier one\n');
  write(
    log,
    `plain\n{"level":"error","message":"cannot start","error":"Error: no disk\\n    at x"}\n\n`,
  );
  expect(log.tail(5)).toEqual(['plain', 'cannot start: Error: no disk']);
  expect(log.tail(1)).toEqual(['cannot start: Error: no disk']);
});
