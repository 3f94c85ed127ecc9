/** Of an answer's body: enough to say what went wrong, and never what a receiver likes to send. */
const EXCERPT_BYTES = 300;
/** An answer up to this size is read to its end, so that the connection can be used again. */
const DRAIN_BYTES = 64 * 1024;

export interface HttpPost {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  /** For all of it, the answer's body included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of its body. */
  readonly excerpt: string;
}

/**
 * Posts, and follows no redirect: what is signed is for the address that was configured. Only http and https are spoken.
 * @throws where there is no answer in time.
 */
export async function postHttp(post: HttpPost): Promise<HttpAnswer> {
  const ending = new AbortController();
  const end = () => {
    ending.abort(new Error('this gateway is closing'));
  };
  const timer = setTimeout(() => {
    ending.abort(new Error('there was no answer in time'));
  }, post.timeoutMs);
  post.signal.addEventListener('abort', end, { once: true });
  try {
    const { url, headers } = withoutUser(post);
    const { body } = post;
    const { signal } = ending;
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal,
    });
    const { status, headers: received } = response;
    return { status, headers: received, excerpt: await readExcerpt(response) };
  } finally {
    clearTimeout(timer);
    post.signal.removeEventListener('abort', end);
  }
}

/** `fetch` takes no address with a user and a password; they go into a header, as HTTP has it. */
function withoutUser(post: HttpPost): { url: URL; headers: Headers } {
  const url = new URL(post.url);
  const { username, password } = url;
  if (!username && !password) return { url, headers: post.headers };
  url.username = '';
  url.password = '';
  const headers = new Headers(post.headers);
  if (!headers.has('authorization')) {
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.set('authorization', `Basic ${Buffer.from(user).toString('base64')}`);
  }
  return { url, headers };
}

/** The status has been given: whatever happens to the body changes nothing. */
async function readExcerpt({ body }: Response): Promise<string> {
  if (!body) return '';
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let read = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      read += chunk.byteLength;
      if (kept < EXCERPT_BYTES) {
        const part = chunk.slice(0, EXCERPT_BYTES - kept);
        chunks.push(part);
        kept += part.byteLength;
      }
      // Leaving the loop cancels the rest.
      if (read > DRAIN_BYTES) break;
    }
  } catch {
    // It broke off, or took too long.
  }
  return Buffer.concat(chunks).toString();
}
