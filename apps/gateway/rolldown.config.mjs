import { defineConfig } from 'rolldown';

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  tsconfig: 'tsconfig.json',
  external: ['libsql', 'ws', 'mysql2', '@node-rs/argon2', 'swagger-ui-dist', /^swagger-ui-dist\//],
  checks: { unresolvedImport: false },
  output: {
    file: 'dist/main.mjs',
    format: 'esm',
    sourcemap: true,
    cleanDir: true,
    codeSplitting: false,
  },
});
