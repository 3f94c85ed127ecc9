/**
 * Resolves when the program should stop: Ctrl-C, SIGTERM, the terminal closed, or npm, which started it, gone (npm passes
 * signals to a shell that dies of them and leaves us behind); with `untilStdinEnds` also when standard input ends.
 *
 * @param again is called at each further Ctrl-C: whoever presses it twice does not want to wait.
 */
export function untilTold(again: () => void, { untilStdinEnds = false } = {}): Promise<string> {
  let toldAt: number | null = null;
  return new Promise((resolve) => {
    const tell = (reason: string) => {
      // A terminal and npm both pass on one Ctrl-C.
      if (toldAt !== null && Date.now() - toldAt > 500) again();
      toldAt ??= Date.now();
      resolve(reason);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        tell(signal);
      });
    }
    if (process.env['npm_lifecycle_event'] !== undefined) {
      const parent = process.ppid;
      const watch = setInterval(() => {
        if (process.ppid === parent) return;
        clearInterval(watch);
        resolve('its parent is gone');
      }, 250);
      watch.unref();
    }
    if (untilStdinEnds) {
      process.stdin.resume();
      for (const event of ['end', 'close', 'error'] as const) {
        process.stdin.on(event, () => {
          resolve('standard input ended');
        });
      }
    }
  });
}
