import { useEffect, useState, type RefObject } from 'react';
import { useRoom } from '../room-context';
import { StreamPicture } from './stream-picture';

/** The stream at `url` on the video element, for as long as both are there. */
export function usePicture(
  video: RefObject<HTMLVideoElement | null>,
  url: string | null,
): StreamPicture | null {
  const { session } = useRoom();
  const [picture, setPicture] = useState<StreamPicture | null>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null || url === null) return;
    const opened = new StreamPicture(element, url, () => session.gatewayTime(Date.now()));
    setPicture(opened);
    return () => {
      opened.close();
      setPicture(null);
    };
  }, [video, url, session]);
  return picture;
}
