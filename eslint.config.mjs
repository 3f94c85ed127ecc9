import js from '@eslint/js';
import next from '@next/eslint-plugin-next';
import nx from '@nx/eslint-plugin';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** What a folder of the gateway may import from the other ones: the way of a message, and never backwards. */
const GATEWAY_FOLDERS = {
  fanout: [],
  store: ['fanout'],
  cluster: ['fanout'],
  accounts: ['store'],
  rooms: ['store', 'cluster', 'fanout'],
  ops: ['store'],
  socket: ['rooms', 'accounts', 'fanout', 'ops'],
  pusher: ['rooms', 'accounts', 'store', 'cluster', 'fanout', 'ops'],
  http: ['rooms', 'accounts', 'store', 'ops', 'pusher'],
};

const gatewayFence = Object.entries(GATEWAY_FOLDERS).map(([folder, allowed]) => {
  const forbidden = Object.keys(GATEWAY_FOLDERS).filter(
    (other) => other !== folder && !allowed.includes(other),
  );
  return {
    files: [`apps/gateway/src/${folder}/**/*.ts`],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
              message: `${folder}/ may import ${allowed.join(', ') || 'no other folder'}`,
            },
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  {
    ignores: ['**/node_modules', '**/dist', '**/.next', '**/next-env.d.ts', '.nx', '**/public'],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          allow: [],
          depConstraints: [
            { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
            { sourceTag: 'scope:protocol', onlyDependOnLibsWithTags: ['scope:protocol'] },
            { sourceTag: 'scope:danmaku', onlyDependOnLibsWithTags: ['scope:danmaku'] },
            {
              sourceTag: 'scope:client',
              onlyDependOnLibsWithTags: ['scope:client', 'scope:protocol'],
            },
            {
              sourceTag: 'scope:gateway',
              onlyDependOnLibsWithTags: ['scope:gateway', 'scope:protocol'],
            },
            {
              sourceTag: 'scope:web',
              onlyDependOnLibsWithTags: [
                'scope:web',
                'scope:client',
                'scope:protocol',
                'scope:danmaku',
              ],
            },
            {
              sourceTag: 'scope:stack',
              onlyDependOnLibsWithTags: ['scope:stack', 'scope:client', 'scope:protocol'],
            },
            {
              sourceTag: 'scope:e2e',
              onlyDependOnLibsWithTags: ['scope:e2e', 'scope:client', 'scope:protocol'],
            },
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // Wants the static type of a class where Nest takes it as a value.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A Nest module is a class that only carries its decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
  {
    // Nest reads the types of constructor parameters at run time: importing them as types would lose them.
    files: ['apps/gateway/src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  ...gatewayFence,
  {
    files: ['apps/gateway/src/**/*.ts'],
    ignores: ['apps/gateway/src/{env,main,check-log}.ts', '**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'settings are read in env.ts' },
      ],
    },
  },
  {
    files: ['apps/web/**/*.ts', 'apps/web/**/*.tsx'],
    plugins: { '@next/next': next, 'react-hooks': reactHooks },
    rules: {
      ...next.configs.recommended.rules,
      ...next.configs['core-web-vitals'].rules,
      ...reactHooks.configs.recommended.rules,
      '@next/next/no-html-link-for-pages': ['error', 'apps/web/src/app'],
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.spec.tsx'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        window: 'readonly',
      },
    },
  },
);
