/** Shows how far it is, on one line of the terminal; `clear` takes that away. */
export function createProgress(): { progress: (text: string) => void; clear: () => void } {
  const began = performance.now();
  return {
    progress: (text) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${seconds} s  ${text}`);
      else process.stderr.write(`${seconds} s  ${text}\n`);
    },
    clear: () => {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    },
  };
}

/** The value that `share` of the values are not above. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function inMib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
