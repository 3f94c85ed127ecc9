import { readFileSync, writeFileSync } from 'node:fs';
import { markdown, withTables } from './markdown';
import { picture } from './picture';
import type { Summary } from './summary';

export interface Files {
  json: string | null;
  svg: string | null;
  /** A document whose tables are replaced. */
  markdown: string | null;
}

/** Writes what was asked for. */
export function writeFiles(summary: Summary, files: Files): void {
  if (files.json !== null) writeFileSync(files.json, `${JSON.stringify(summary, null, 2)}\n`);
  if (files.svg !== null) writeFileSync(files.svg, picture(summary));
  if (files.markdown !== null) {
    const document = readFileSync(files.markdown, 'utf8');
    writeFileSync(files.markdown, withTables(document, markdown(summary)));
  }
}
