import { useCallback, useEffect, useState } from 'react';

interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen: () => void;
}

function isPhoneVideo(video: HTMLVideoElement): video is PhoneVideo {
  return 'webkitEnterFullscreen' in video;
}

export interface Fullscreen {
  isFull: boolean;
  toggle: () => void;
}

/** Fullscreen of the whole container, danmaku included. An iPhone can do that with a video alone. */
export function useFullscreen(container: HTMLElement | null): Fullscreen {
  const [isFull, setFull] = useState(false);

  useEffect(() => {
    const onChange = (): void => {
      setFull(document.fullscreenElement !== null && document.fullscreenElement === container);
    };
    document.addEventListener('fullscreenchange', onChange);
    return () => {
      document.removeEventListener('fullscreenchange', onChange);
    };
  }, [container]);

  const toggle = useCallback(() => {
    if (container === null) return;
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    else if (document.fullscreenEnabled) {
      // Refused without a gesture or by a policy: the page stays as it is.
      container.requestFullscreen().catch(() => undefined);
    } else {
      const video = container.querySelector('video');
      if (video !== null && isPhoneVideo(video)) video.webkitEnterFullscreen();
    }
  }, [container]);

  return { isFull, toggle };
}
