'use client';

import { useEffect, useRef } from 'react';
import { drawScene, SCENE_HEIGHT, SCENE_WIDTH } from './scene';

const FRAME_MS = 40;

/** The house's picture drawn live: 25 frames a second, none while paused or hidden. */
export function ScenePicture(props: { paused: boolean; className?: string | undefined }) {
  const { paused } = props;
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    drawScene(context, Date.now());
    if (paused) return;
    let drawnAt = 0;
    let frame = 0;
    const draw = (now: number): void => {
      frame = requestAnimationFrame(draw);
      if (now - drawnAt < FRAME_MS) return;
      drawnAt = now;
      drawScene(context, Date.now());
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [paused]);

  return (
    <canvas
      ref={canvas}
      width={SCENE_WIDTH}
      height={SCENE_HEIGHT}
      aria-hidden
      className={props.className}
    />
  );
}
