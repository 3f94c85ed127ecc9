const swc = (tsx) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx, decorators: true },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: true,
        react: { runtime: 'automatic' },
      },
    },
  },
];

/** @param {string} root @param {Record<string, unknown>} [more] */
const project = (root, more = {}) => ({
  displayName: root.split('/')[1],
  rootDir: `${__dirname}/${root}`,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/*.spec.(ts|tsx)'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.next/'],
  transform: { '\\.tsx$': swc(true), '\\.m?[jt]s$': swc(false) },
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|cookie|file-type|jose|next-intl|use-intl|intl-messageformat|@formatjs|icu-minify)/)',
  ],
  moduleNameMapper: {
    '^@hubbub/protocol/tables$': `${__dirname}/libs/protocol/src/tables.ts`,
    '^@hubbub/(.*)$': `${__dirname}/libs/$1/src/index.ts`,
  },
  ...more,
});

module.exports = {
  // Servers are started and killed, on machines that have something else to do.
  testTimeout: 30_000,
  projects: [
    project('libs/protocol'),
    project('libs/client'),
    project('libs/danmaku'),
    project('apps/gateway'),
    project('apps/stack'),
    project('apps/web', { testEnvironment: 'jsdom' }),
    project('apps/e2e'),
  ],
};
