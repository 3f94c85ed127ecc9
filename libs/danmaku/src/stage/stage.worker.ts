import type { StageInit, StageReady, ToStage } from './messages';
import { Stage } from './stage';

let stage: Stage | null = null;

addEventListener('message', ({ data }: MessageEvent<StageInit | ToStage>) => {
  if (data.type !== 'init') {
    stage?.receive(data);
    return;
  }
  stage = new Stage(data.canvas, data.fontFamily, (message) => {
    postMessage(message);
  });
  postMessage({ type: 'ready' } satisfies StageReady);
});
