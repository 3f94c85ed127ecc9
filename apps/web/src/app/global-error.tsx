'use client';

import en from '../../messages/en/shell.json';
import zh from '../../messages/zh/shell.json';
import './globals.css';

/**
 * The root layout itself threw: no translations, no theme, no header to count on. Both languages are said, and a plain
 * form leads back, for scripts may be what is broken.
 */
export default function GlobalError() {
  return (
    <html lang="en" data-theme="dark">
      <body>
        <main className="flex min-h-dvh flex-col items-center justify-center gap-4 px-6 text-center">
          <h1 className="text-xl">{en.crash.title}</h1>
          <p className="text-muted">{en.crash.text}</p>
          <p lang="zh-Hans" className="text-muted">
            {zh.crash.title}。{zh.crash.text}
          </p>
          <form action="/" className="mt-2">
            <button
              type="submit"
              className="font-semibold text-accent-ink underline underline-offset-4"
            >
              {en.common.retry} · <span lang="zh-Hans">{zh.common.retry}</span>
            </button>
          </form>
        </main>
      </body>
    </html>
  );
}
