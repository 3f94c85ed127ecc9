'use client';

import type { DanmakuPick } from '@hubbub/danmaku';
import { AtSign, Copy, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { useSignIn } from '../../session/session';
import { Menu, MenuHeader, MenuItem } from '../../ui/menu';
import { useToast } from '../../ui/toast';
import { useRoom } from '../room-context';
import { isBulletSource } from '../session/bullets';

/** What can be done with a bullet that was clicked; it stands still meanwhile. */
export function BulletMenu(props: {
  pick: DanmakuPick | null;
  container: HTMLElement | null;
  onClose: () => void;
}) {
  const { pick, container } = props;
  const t = useTranslations('room.bullet');
  const toast = useToast();
  const { composer } = useRoom();
  const { requireUser } = useSignIn();
  const anchor = useMemo(
    () => ({
      getBoundingClientRect: () => {
        const origin = container?.getBoundingClientRect();
        return new DOMRect(
          (origin?.x ?? 0) + (pick?.x ?? 0),
          (origin?.y ?? 0) + (pick?.y ?? 0),
          1,
          1,
        );
      },
    }),
    [pick, container],
  );
  const source = isBulletSource(pick?.user) ? pick.user : null;
  return (
    <Menu
      open={source !== null}
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
      anchor={anchor}
      align="center"
    >
      {source !== null && (
        <>
          <MenuHeader>
            <span className="block max-w-64 truncate text-sm text-muted">{source.user.name}</span>
            <span className="block max-w-64 truncate text-base">{source.text}</span>
          </MenuHeader>
          <MenuItem
            icon={<Plus size={16} />}
            onSelect={() => {
              void requireUser({ reason: 'chat', view: 'guest' }).then((user) => {
                if (user !== null) composer.sendText(source.text, source.danmaku);
              });
            }}
          >
            {t('plusOne')}
          </MenuItem>
          <MenuItem
            icon={<AtSign size={16} />}
            onSelect={() => {
              composer.mention(source.user.name);
            }}
          >
            {t('mention', { name: source.user.name })}
          </MenuItem>
          <MenuItem
            icon={<Copy size={16} />}
            onSelect={() => {
              navigator.clipboard.writeText(source.text).then(
                () => {
                  toast(t('copied'), { tone: 'good' });
                },
                () => {
                  toast(t('notCopied'), { tone: 'danger' });
                },
              );
            }}
          >
            {t('copy')}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
