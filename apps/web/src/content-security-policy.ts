/**
 * What a page may load. Scripts need this request's nonce; styles may be inline, for popovers and sliders position
 * themselves by style attributes. A room's picture may come from any host: over https, and over http where the page
 * itself is.
 */
export function contentSecurityPolicy(options: {
  nonce: string;
  overHttps: boolean;
  isDevelopment: boolean;
}): string {
  const streams = options.overHttps ? 'https:' : 'https: http:';
  const directives = {
    'default-src': "'self'",
    'script-src': `'self' 'nonce-${options.nonce}' 'strict-dynamic'${options.isDevelopment ? " 'unsafe-eval'" : ''}`,
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data: blob:",
    'font-src': "'self'",
    'connect-src': `'self' ws: wss: ${streams}`,
    'media-src': `'self' blob: ${streams}`,
    'worker-src': "'self' blob:",
    'manifest-src': "'self'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/**
 * What a file may load where it is a worker's script or is opened by itself: its own kind, from here. Nothing that stands in a
 * document runs.
 */
export const FILES_POLICY =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
