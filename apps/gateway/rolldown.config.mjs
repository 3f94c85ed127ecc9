import { defineConfig } from 'rolldown';

const program = (name, isFirst) => ({
  input: `src/${name}.ts`,
  platform: 'node',
  tsconfig: 'tsconfig.json',
  external: ['libsql', 'ws', 'mysql2', '@node-rs/argon2', 'swagger-ui-dist', /^swagger-ui-dist\//],
  checks: { unresolvedImport: false },
  output: {
    file: `dist/${name}.mjs`,
    format: 'esm',
    sourcemap: true,
    cleanDir: isFirst,
    codeSplitting: false,
  },
});

// The gateway, and what operations run beside it. One after the other, each in a file of its own.
export default defineConfig([program('main', true), program('check-log', false)]);
