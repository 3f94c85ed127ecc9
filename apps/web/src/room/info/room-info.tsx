'use client';

import { Keyboard, MessageSquareOff, MessageSquareText, Settings2, Share2 } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { formatCountInFull } from '../../i18n/format-count';
import { AnimatedCount } from '../../ui/animated-count';
import { Avatar } from '../../ui/avatar';
import { Badge } from '../../ui/badge';
import { cx } from '../../ui/cx';
import { IconButton } from '../../ui/icon-button';
import { LiveBadge } from '../../ui/live-badge';
import { useToast } from '../../ui/toast';
import { openShortcuts } from '../keys/shortcuts-dialog';
import { ManageDialog } from '../manage/manage-dialog';
import { useModerates, useRoom } from '../room-context';
import { useRoomSettings } from '../settings';
import { useValue } from '../use-value';
import { LikeButton } from './like-button';

/** What the room is: its title, whose it is, whether it is on air, who watches; and what one does with it. */
export function RoomInfo(props: { className?: string | undefined }) {
  const t = useTranslations('room.info');
  const { session } = useRoom();
  const { title, owner, state, visibility } = useValue(session.description);
  const moderates = useModerates();
  const [managing, setManaging] = useState(false);
  return (
    <header
      className={cx(
        'flex items-center gap-3 border-b border-hair bg-surface px-4 py-2 lg:gap-4 lg:border-0 lg:bg-transparent lg:px-0 lg:pt-6 lg:pb-0',
        props.className,
      )}
    >
      {owner !== null && (
        <span className="hidden lg:inline-flex">
          <Avatar id={owner.id} name={owner.name} size="lg" />
        </span>
      )}
      <div className="min-w-0 flex-1">
        <h1 className="truncate py-0.5 text-lg lg:text-2xl">{title}</h1>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted lg:mt-1 lg:text-base">
          {state === 'live' ? <LiveBadge /> : <Badge>{t('offline')}</Badge>}
          <Viewers />
          {owner !== null && <span className="truncate">{owner.name}</span>}
          {visibility !== 'public' && <Badge tone="outline">{t(visibility)}</Badge>}
        </div>
      </div>
      <div className="flex items-center gap-1">
        <DanmakuSwitch />
        <LikeButton />
        <ShareButton />
        <IconButton
          label={t('keys')}
          shortcut="?"
          className="max-lg:hidden"
          icon={<Keyboard size={20} aria-hidden />}
          onClick={openShortcuts}
        />
        {moderates && (
          <IconButton
            label={t('manage')}
            icon={<Settings2 size={20} aria-hidden />}
            onClick={() => {
              setManaging(true);
            }}
          />
        )}
      </div>
      {moderates && <ManageDialog open={managing} onOpenChange={setManaging} />}
    </header>
  );
}

/** What moves over the picture can be hidden here, without looking for it among the player's controls. */
function DanmakuSwitch() {
  const t = useTranslations('room.player');
  const enabled = useRoomSettings((state) => state.danmaku.enabled);
  const setDanmaku = useRoomSettings((state) => state.setDanmaku);
  const Icon = enabled ? MessageSquareText : MessageSquareOff;
  return (
    <IconButton
      label={t('danmaku')}
      shortcut="D"
      pressed={enabled}
      icon={<Icon size={20} aria-hidden />}
      onClick={() => {
        setDanmaku({ enabled: !enabled });
      }}
    />
  );
}

function Viewers() {
  const t = useTranslations('room.info');
  const locale = useLocale();
  const { session } = useRoom();
  const viewers = useValue(session.viewers);
  return (
    <span
      className="inline-flex items-center gap-1"
      title={t('viewers', { count: formatCountInFull(viewers, locale) })}
    >
      <span className="sr-only">{t('viewers', { count: formatCountInFull(viewers, locale) })}</span>
      <span className="font-semibold text-ink">
        <AnimatedCount value={viewers} />
      </span>
      <span aria-hidden>{t('watching')}</span>
    </span>
  );
}

function ShareButton() {
  const t = useTranslations('room.info');
  const toast = useToast();
  const { session } = useRoom();
  const share = async (): Promise<void> => {
    const url = new URL(`/r/${session.slug}`, window.location.href).href;
    const { title } = session.description.get();
    const isPhone = window.matchMedia('(pointer: coarse)').matches;
    if (isPhone && 'share' in navigator) {
      // Closed without a choice: nothing to say.
      await navigator.share({ title, url }).catch(() => undefined);
      return;
    }
    try {
      await navigator.clipboard.writeText(url);
      toast(t('linkCopied'), { tone: 'good', description: url });
    } catch {
      toast(t('linkNotCopied'), { tone: 'danger', description: url });
    }
  };
  return (
    <IconButton
      label={t('share')}
      icon={<Share2 size={20} aria-hidden />}
      onClick={() => {
        void share();
      }}
    />
  );
}
