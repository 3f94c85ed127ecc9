import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';
import { FILES_POLICY } from './src/content-security-policy';

/** The libraries are compiled from their source, so the root of the build is the workspace. */
const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '../..');

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: workspaceRoot,
  turbopack: { root: workspaceRoot },
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // `nx typecheck` is the check; once is enough.
  typescript: { ignoreBuildErrors: true },
  // A page's content security policy carries a nonce, so it is set for each request in src/proxy.ts; this one is for everything
  // else: files, prefetched parts, and what Next answers by itself. Small letters, for the page's is to take its place.
  headers: () =>
    Promise.resolve([
      {
        source: '/:path*',
        headers: [
          { key: 'content-security-policy', value: FILES_POLICY },
          { key: 'X-Content-Type-Options', value: 'nosniff' },
          { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
          { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
          {
            key: 'Permissions-Policy',
            value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
          },
        ],
      },
    ]),
};

export default createNextIntlPlugin('./src/i18n/request.ts')(config);
