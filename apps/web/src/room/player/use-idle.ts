import { useEffect, useState } from 'react';

const IDLE_MS = 2800;

/** Whether the pointer has left the element or has been still over it for a while; never while `busy`. */
export function useIdle(target: HTMLElement | null, busy: boolean): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    if (target === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rest = (): void => {
      setIdle(true);
    };
    const stir = (event?: Event): void => {
      clearTimeout(timer);
      setIdle(false);
      // A touch elsewhere than on a control shows the controls, and the next one hides them.
      if (event?.type === 'pointerleave') timer = setTimeout(rest, 400);
      else timer = setTimeout(rest, IDLE_MS);
    };
    stir();
    const abort = new AbortController();
    for (const type of ['pointermove', 'pointerdown', 'pointerleave', 'focusin', 'keydown']) {
      target.addEventListener(type, stir, { signal: abort.signal, passive: true });
    }
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [target]);
  return idle && !busy;
}
