/** An answer's headers, with those that were said twice joined by commas. */
export type Answer = Pick<Response, 'headers'>;

const REFERRERS = ['no-referrer', 'same-origin', 'strict-origin-when-cross-origin'];
const HALF_A_YEAR_SECONDS = 182 * 24 * 3600;

/** The directives of the one policy of an answer. */
function directivesOf({ headers }: Answer): Map<string, string[]> {
  const policy = headers.get('content-security-policy') ?? '';
  return new Map(
    policy.split(';').flatMap((directive): [string, string[]][] => {
      const [name, ...sources] = directive.trim().split(/\s+/);
      return name ? [[name.toLowerCase(), sources]] : [];
    }),
  );
}

/** What an answer of a site lacks that may be shown in a browser; `overHttps` is how it was asked for. */
export function faultsOf(answer: Answer, { overHttps = false } = {}): string[] {
  const { headers } = answer;
  const faults: string[] = [];
  const policy = headers.get('content-security-policy');
  const directives = directivesOf(answer);
  const scripts = directives.get('script-src') ?? directives.get('default-src');
  const loose = /^(?:'unsafe-inline'|'unsafe-eval'|'unsafe-hashes'|\*|https?:|data:|blob:)$/;
  if (policy === null) faults.push('no content policy');
  if (policy?.includes(',')) faults.push(`two policies: ${policy}`);
  if (!scripts || scripts.length === 0) faults.push('any script may run');
  if (scripts?.some((source) => loose.test(source))) faults.push(`scripts: ${scripts.join(' ')}`);
  if (directives.get('frame-ancestors')?.join() !== "'none'") faults.push('may be framed');
  const sniffing = headers.get('x-content-type-options');
  if (sniffing !== 'nosniff') faults.push(`its type is guessed: ${String(sniffing)}`);
  const referrer = headers.get('referrer-policy') ?? '';
  if (!REFERRERS.includes(referrer)) faults.push(`referrer policy: ${referrer}`);
  const transport = headers.get('strict-transport-security');
  const seconds = Number(/^max-age=(\d+)/.exec(transport ?? '')?.[1] ?? 0);
  if (overHttps && seconds < HALF_A_YEAR_SECONDS) faults.push(`over https: ${String(transport)}`);
  if (!overHttps && transport !== null) faults.push(`over http: ${transport}`);
  if (headers.has('x-powered-by')) faults.push('says what it is made with');
  if (/\d/.test(headers.get('server') ?? '')) faults.push('says its version');
  return faults;
}

/** Scripts in the page's text without the nonce of its policy. */
export function looseScripts(answer: Answer, html: string): string[] {
  const nonce = directivesOf(answer)
    .get('script-src')
    ?.map((source) => /^'nonce-(.+)'$/.exec(source)?.[1])
    .find((found) => found !== undefined);
  const tags = html.match(/<script\b[^>]*>/gi) ?? [];
  return tags.filter((tag) => nonce === undefined || !tag.includes(`nonce="${nonce}"`));
}
