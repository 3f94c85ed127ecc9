'use client';

import {
  Maximize,
  MessageSquareOff,
  MessageSquareText,
  Minimize,
  Pause,
  Play,
  Volume1,
  Volume2,
  VolumeX,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '../../ui/cx';
import { IconButton } from '../../ui/icon-button';
import { Slider } from '../../ui/slider';
import { useRoomSettings } from '../settings';
import { useValue } from '../use-value';
import { DanmakuSettingsButton } from './danmaku-settings';
import styles from './player.module.css';
import { LATE_SECONDS, type StreamPicture } from './stream-picture';

export interface ControlsProps {
  picture: StreamPicture | null;
  canPause: boolean;
  paused: boolean;
  onTogglePlay: () => void;
  isFull: boolean;
  onToggleFull: () => void;
  /** A panel of the controls is open: they stay. */
  onPanel: (open: boolean) => void;
}

export function Controls(props: ControlsProps) {
  const { picture, paused, isFull } = props;
  const t = useTranslations('room.player');
  const enabled = useRoomSettings((state) => state.danmaku.enabled);
  const setDanmaku = useRoomSettings((state) => state.setDanmaku);
  return (
    <div className={styles['controls']} data-danmaku-ignore>
      <div className="flex items-center gap-1">
        {props.canPause && (
          <IconButton
            label={paused ? t('play') : t('pause')}
            shortcut={t('spaceKey')}
            icon={paused ? <Play size={20} aria-hidden /> : <Pause size={20} aria-hidden />}
            onClick={props.onTogglePlay}
          />
        )}
        {picture !== null && <Sound picture={picture} />}
        {picture !== null && <Latency picture={picture} />}
        <span className="flex-1" />
        <IconButton
          label={t('danmaku')}
          shortcut="D"
          pressed={enabled}
          icon={
            enabled ? (
              <MessageSquareText size={20} aria-hidden />
            ) : (
              <MessageSquareOff size={20} aria-hidden />
            )
          }
          onClick={() => {
            setDanmaku({ enabled: !enabled });
          }}
        />
        <DanmakuSettingsButton onOpenChange={props.onPanel} />
        <IconButton
          label={isFull ? t('leaveFullscreen') : t('fullscreen')}
          shortcut="F"
          icon={isFull ? <Minimize size={20} aria-hidden /> : <Maximize size={20} aria-hidden />}
          onClick={props.onToggleFull}
        />
      </div>
    </div>
  );
}

function Sound(props: { picture: StreamPicture }) {
  const t = useTranslations('room.player');
  const hasSound = useValue(props.picture.hasSound);
  const sound = useRoomSettings((state) => state.sound);
  const setSound = useRoomSettings((state) => state.setSound);
  const silent = sound.muted || sound.volume === 0;
  const Icon = silent ? VolumeX : sound.volume < 0.5 ? Volume1 : Volume2;
  if (!hasSound) {
    return <IconButton disabled label={t('noSound')} icon={<VolumeX size={20} aria-hidden />} />;
  }
  return (
    <div className={cx('flex items-center', styles['sound'])}>
      <IconButton
        label={silent ? t('unmute') : t('mute')}
        shortcut="M"
        icon={<Icon size={20} aria-hidden />}
        onClick={() => {
          setSound(silent ? { muted: false, volume: sound.volume || 1 } : { muted: true });
        }}
      />
      <div className={styles['volume']}>
        <div className="px-2">
          <Slider
            label={t('volume')}
            hideLabel
            value={sound.muted ? 0 : Math.round(sound.volume * 100)}
            min={0}
            max={100}
            step={5}
            format={(value) => `${String(value)} %`}
            onChange={(value) => {
              setSound({ volume: value / 100, muted: value === 0 });
            }}
          />
        </div>
      </div>
    </div>
  );
}

/** How far behind the moment the picture is, and the way back to it. */
function Latency(props: { picture: StreamPicture }) {
  const { picture } = props;
  const t = useTranslations('room.player');
  const behind = useValue(picture.behind);
  const status = useValue(picture.status);
  const isLate = (behind !== null && behind > LATE_SECONDS) || status.phase === 'paused';
  return (
    <button
      type="button"
      onClick={() => {
        picture.goLive();
      }}
      className="inline-flex h-10 items-center gap-2 rounded-md px-2 text-sm text-ink hover:bg-hover"
    >
      <span aria-hidden className={cx('size-2 rounded-full', isLate ? 'bg-faint' : 'bg-live')} />
      <span className="font-semibold">{isLate ? t('goLive') : t('atLive')}</span>
      {behind !== null && (
        <span className={cx('tabular text-muted', styles['wide'])}>
          {t('behind', { seconds: behind })}
        </span>
      )}
    </button>
  );
}
