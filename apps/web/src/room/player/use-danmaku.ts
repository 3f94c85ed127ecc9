import { Danmaku, type DanmakuPick } from '@hubbub/danmaku';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useRoom } from '../room-context';
import { useRoomSettings } from '../settings';
import { useMediaQuery } from './use-media-query';

export interface DanmakuLayerOptions {
  container: RefObject<HTMLElement | null>;
  /** The picture's wall-clock time, where it has one. */
  playingAt: (() => number | null) | null;
  paused: boolean;
  onPick: (pick: DanmakuPick) => void;
}

/** Danmaku over the container. They go from the session straight to the renderer. Returns what lets a picked one go on. */
export function useDanmaku({
  container,
  playingAt,
  paused,
  onPick,
}: DanmakuLayerOptions): () => void {
  const { session } = useRoom();
  const settings = useRoomSettings((state) => state.danmaku);
  const reducedMotion = useMediaQuery('(prefers-reduced-motion: reduce)');
  const [danmaku, setDanmaku] = useState<Danmaku | null>(null);
  const latest = useRef({ playingAt, onPick, inStep: settings.inStep });
  useEffect(() => {
    latest.current = { playingAt, onPick, inStep: settings.inStep };
  });

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    const opened = new Danmaku({
      container: element,
      onPick: (pick) => {
        latest.current.onPick(pick);
      },
      clock: () => {
        const { inStep, playingAt: clock } = latest.current;
        return inStep ? (clock?.() ?? null) : null;
      },
    });
    setDanmaku(opened);
    const stopBullets = session.onBullets((bullets) => {
      opened.emit(bullets);
    });
    const stopWithdrawn = session.onWithdrawn((ids) => {
      if (ids === 'all') opened.clear();
      else opened.remove(ids);
    });
    return () => {
      stopBullets();
      stopWithdrawn();
      opened.destroy();
      setDanmaku(null);
    };
  }, [container, session]);

  useEffect(() => {
    const { enabled, opacity, speed, size, area, density } = settings;
    danmaku?.set({ enabled, opacity, speed, size, area, density, reducedMotion });
  }, [danmaku, settings, reducedMotion]);

  useEffect(() => {
    if (danmaku === null || !paused) return;
    danmaku.pause();
    return () => {
      danmaku.resume();
    };
  }, [danmaku, paused]);

  return () => danmaku?.release();
}
