import { useEffect, useState } from 'react';
import { useRoom } from '../room-context';
import { useValue } from '../use-value';
import { ValueStore } from '../value-store';
import { StreamPicture } from './stream-picture';

/** The stream at `url` on the video element, for as long as both are there. */
export function usePicture(
  video: HTMLVideoElement | null,
  url: string | null,
): StreamPicture | null {
  const { session } = useRoom();
  const [current] = useState(() => new ValueStore<StreamPicture | null>(null));
  useEffect(() => {
    if (video === null || url === null) return;
    const opened = new StreamPicture(video, url, () => session.gatewayTime(Date.now()));
    current.set(opened);
    return () => {
      opened.close();
      current.set(null);
    };
  }, [video, url, session, current]);
  return useValue(current);
}
