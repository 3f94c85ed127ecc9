import { useEffect, useState } from 'react';

/** Whole seconds until a moment (ms), counting down to 0; null without one. */
export function useSecondsUntil(moment: number | null): number | null {
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    if (moment === null) return;
    const tick = (): void => {
      setNow(Date.now());
      if (Date.now() >= moment) clearInterval(timer);
    };
    const timer = setInterval(tick, 250);
    tick();
    return () => {
      clearInterval(timer);
    };
  }, [moment]);
  if (moment === null) return null;
  return now === null ? 0 : Math.max(0, Math.ceil((moment - now) / 1000));
}
