import { Danmaku, type DanmakuPick } from '@hubbub/danmaku';
import { useEffect, useRef, useState } from 'react';
import { useRoom } from '../room-context';
import { useRoomSettings } from '../settings';
import { useValue } from '../use-value';
import { ValueStore } from '../value-store';
import { useMediaQuery } from './use-media-query';

export interface DanmakuLayerOptions {
  container: HTMLElement | null;
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
  const [current] = useState(() => new ValueStore<Danmaku | null>(null));
  const danmaku = useValue(current);
  const latest = useRef({ playingAt, onPick, inStep: settings.inStep });
  useEffect(() => {
    latest.current = { playingAt, onPick, inStep: settings.inStep };
  });

  useEffect(() => {
    if (container === null) return;
    const opened = new Danmaku({
      container,
      onPick: (pick) => {
        latest.current.onPick(pick);
      },
      clock: () => {
        const { inStep, playingAt: clock } = latest.current;
        return inStep ? (clock?.() ?? null) : null;
      },
    });
    current.set(opened);
    const stopBullets = session.bullets.onBullets((bullets) => {
      opened.emit(bullets);
    });
    const stopWithdrawn = session.bullets.onWithdrawn((ids) => {
      if (ids === 'all') opened.clear();
      else opened.remove(ids);
    });
    return () => {
      stopBullets();
      stopWithdrawn();
      opened.destroy();
      current.set(null);
    };
  }, [container, session, current]);

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
