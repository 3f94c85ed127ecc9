import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';
import { z } from 'zod';

/**
 * Lints texts as if they were files of the workspace, by the rules that say who may import whom, and prints what they find.
 * No file is made: a lint that runs beside this one would meet it. Standard input: `[{ "path", "code" }]`; output: for each its
 * messages, `[["rule: message"]]`.
 */
const FENCES = ['@nx/enforce-module-boundaries', '@typescript-eslint/no-restricted-imports'];

const Probes = z.array(z.object({ path: z.string(), code: z.string() }));

const eslint = new ESLint({
  // The other rules ask for types, which what is no file has none of.
  ruleFilter: ({ ruleId }) => FENCES.includes(ruleId),
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});
const found: string[][] = [];
for (const { path, code } of Probes.parse(JSON.parse(await text(process.stdin)))) {
  const [result] = await eslint.lintText(code, { filePath: path });
  found.push(
    (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'error'}: ${message}`),
  );
}
process.stdout.write(JSON.stringify(found));
