'use client';

import type { DanmakuPick } from '@hubbub/danmaku';
import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { cx } from '../../ui/cx';
import { PortalContainer } from '../../ui/portal-container';
import { RoomCover } from '../../ui/room-cover';
import { shortcutOf } from '../keys/shortcuts';
import { useRoom } from '../room-context';
import { useRoomSettings } from '../settings';
import { useValue } from '../use-value';
import { ValueStore } from '../value-store';
import { BulletMenu } from './bullet-menu';
import { Controls } from './controls';
import { OffAir } from './off-air';
import { PictureNotice } from './picture-notice';
import styles from './player.module.css';
import { ScenePicture } from './scene-picture';
import { browserCanPlay, sourceOf } from './source';
import type { PictureStatus, StreamPicture } from './stream-picture';
import { useDanmaku } from './use-danmaku';
import { useFullscreen } from './use-fullscreen';
import { useIdle } from './use-idle';
import { usePicture } from './use-picture';

const NOTHING = new ValueStore<PictureStatus>({ phase: 'loading' });
const nothingChanges = (): (() => void) => () => undefined;

/** The picture, the danmaku over it and what steers both. */
export function Player(props: { className?: string | undefined }) {
  const t = useTranslations('room.player');
  const { session } = useRoom();
  const description = useValue(session.description);
  const [stage, setStage] = useState<HTMLElement | null>(null);
  const [layer, setLayer] = useState<HTMLElement | null>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [paused, setPaused] = useState(false);
  const [panelOpen, setPanelOpen] = useState(false);
  const [pick, setPick] = useState<DanmakuPick | null>(null);
  // What the browser can decode is not known on the server; it draws the stage empty.
  const canPlay = useSyncExternalStore(
    nothingChanges,
    () => browserCanPlay,
    () => null,
  );
  const source = canPlay === null ? null : sourceOf(description, canPlay);
  const picture = usePicture(video, source?.kind === 'stream' ? source.url : null);
  const status = useValue(picture?.status ?? NOTHING);
  const fullscreen = useFullscreen(stage);
  const idle = useIdle(stage, panelOpen || pick !== null);
  const isStream = source?.kind === 'stream';
  const isStill = isStream ? status.phase === 'paused' : paused;

  const release = useDanmaku({
    container: layer,
    playingAt: picture?.playingAt ?? null,
    paused: isStill && description.state === 'live',
    onPick: setPick,
  });
  useSound(picture);

  const togglePlay = useCallback(() => {
    if (picture === null) setPaused((before) => !before);
    else if (picture.status.get().phase === 'paused') picture.play();
    else picture.pause();
  }, [picture]);
  useKeys({ togglePlay, toggleFull: fullscreen.toggle });

  return (
    <section
      ref={setStage}
      aria-label={t('label')}
      data-theme="dark"
      data-idle={idle}
      className={cx(styles['stage'], props.className)}
    >
      <PortalContainer element={fullscreen.isFull ? stage : null}>
        <div ref={setLayer} className={styles['picture']} onDoubleClick={fullscreen.toggle}>
          {description.state === 'offline' && <OffAir />}
          {description.state === 'live' && status.phase === 'loading' && (
            <RoomCover slug={description.slug} title={description.title} />
          )}
          {source?.kind === 'scene' && <ScenePicture paused={paused} className={styles['video']} />}
          {isStream && (
            <video
              ref={setVideo}
              playsInline
              muted
              aria-label={t('video', { title: description.title })}
              className={styles['video']}
            />
          )}
        </div>
        {isStream && (
          <PictureNotice
            status={status}
            onPlay={() => picture?.play()}
            onRetry={() => picture?.retry()}
          />
        )}
        <Controls
          picture={picture}
          canPause={description.state === 'live'}
          paused={isStill}
          onTogglePlay={togglePlay}
          isFull={fullscreen.isFull}
          onToggleFull={fullscreen.toggle}
          onPanel={setPanelOpen}
        />
        <BulletMenu
          pick={pick}
          container={layer}
          onClose={() => {
            setPick(null);
            release();
          }}
        />
      </PortalContainer>
    </section>
  );
}

/** The chosen volume on the picture; what the browser mutes by itself stays muted until the viewer says otherwise. */
function useSound(picture: StreamPicture | null): void {
  const sound = useRoomSettings((state) => state.sound);
  useEffect(() => {
    picture?.setSound(sound);
  }, [picture, sound]);
}

function useKeys(does: { togglePlay: () => void; toggleFull: () => void }): void {
  const { togglePlay, toggleFull } = does;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { danmaku, sound, setDanmaku, setSound } = useRoomSettings.getState();
      switch (shortcutOf(event)) {
        case 'play':
          event.preventDefault();
          togglePlay();
          return;
        case 'fullscreen':
          toggleFull();
          return;
        case 'mute':
          setSound({ muted: !sound.muted });
          return;
        case 'danmaku':
          setDanmaku({ enabled: !danmaku.enabled });
          return;
        case 'write':
        case 'latest':
        case 'help':
        case null:
          return;
      }
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [togglePlay, toggleFull]);
}
