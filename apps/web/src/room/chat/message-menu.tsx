'use client';

import { AtSign, Copy, Mic, MicOff, Reply, Shield, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { HubbubError } from '@hubbub/client';
import { ApiError } from '../../api/api-error';
import { api } from '../../api/client';
import { useErrorText } from '../../api/error-text';
import { useSignIn } from '../../session/session';
import { Menu, MenuHeader, MenuItem, MenuSeparator } from '../../ui/menu';
import { useToast } from '../../ui/toast';
import { useRefusalText } from '../composer/refusal-text';
import { memberPath } from '../manage/paths';
import { useModerates, useOwns, useRoom } from '../room-context';
import { useValue } from '../use-value';
import type { MenuAnchor } from './message-row';
import type { MessageRow } from './rows';

const MUTES = [
  { seconds: 600, key: 'mute10m' },
  { seconds: 3600, key: 'mute1h' },
] as const;

/** What can be done with a message: for everybody, and for who keeps order. */
export function MessageMenu(props: {
  row: MessageRow | null;
  anchor: MenuAnchor | null;
  onClose: () => void;
}) {
  const { row, anchor } = props;
  const t = useTranslations('room.menu');
  const toast = useToast();
  const refusalText = useRefusalText();
  const errorText = useErrorText();
  const { session, composer } = useRoom();
  const { requireUser } = useSignIn();
  const me = useValue(session.user);
  const moderates = useModerates();
  const owns = useOwns();
  const isMine = row !== null && me !== null && row.user.id === me.id;

  const attempt = (work: Promise<unknown>, done?: string): void => {
    work.then(
      () => {
        if (done !== undefined) toast(done, { tone: 'good' });
      },
      (error: unknown) => {
        const description =
          error instanceof HubbubError
            ? refusalText(error.code, null)
            : error instanceof ApiError
              ? errorText(error)
              : t('notAllowed');
        toast(t('failed'), { tone: 'danger', description });
      },
    );
  };
  const asSomebody = (then: () => void): void => {
    void requireUser({ reason: 'chat', view: 'guest' }).then((user) => {
      if (user !== null) then();
    });
  };

  return (
    <Menu
      open={row !== null}
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
      anchor={anchor}
    >
      {row !== null && (
        <>
          <MenuHeader>
            <span className="block max-w-64 truncate text-sm font-semibold">{row.user.name}</span>
            <span className="block max-w-64 truncate text-sm text-muted">{row.text}</span>
          </MenuHeader>
          <MenuItem
            icon={<Reply size={16} />}
            onSelect={() => {
              asSomebody(() => {
                composer.reply({ seq: row.seq, name: row.user.name, text: row.text });
              });
            }}
          >
            {t('reply')}
          </MenuItem>
          <MenuItem
            icon={<AtSign size={16} />}
            onSelect={() => {
              composer.mention(row.user.name);
            }}
          >
            {t('mention')}
          </MenuItem>
          <MenuItem
            icon={<Copy size={16} />}
            onSelect={() => {
              attempt(navigator.clipboard.writeText(row.text), t('copied'));
            }}
          >
            {t('copy')}
          </MenuItem>
          {(moderates || isMine) && (
            <>
              <MenuSeparator />
              <MenuItem
                danger
                icon={<Trash2 size={16} />}
                onSelect={() => {
                  attempt(session.delete(row.seq));
                }}
              >
                {t('delete')}
              </MenuItem>
            </>
          )}
          {moderates && !isMine && (
            <>
              {MUTES.map(({ seconds, key }) => (
                <MenuItem
                  key={key}
                  danger
                  icon={<MicOff size={16} />}
                  onSelect={() => {
                    attempt(session.mute(row.user.id, seconds));
                  }}
                >
                  {t(key)}
                </MenuItem>
              ))}
              <MenuItem
                icon={<Mic size={16} />}
                onSelect={() => {
                  attempt(session.unmute(row.user.id));
                }}
              >
                {t('unmute')}
              </MenuItem>
            </>
          )}
          {owns && !isMine && row.user.role === undefined && (
            <MenuItem
              icon={<Shield size={16} />}
              onSelect={() => {
                const path = memberPath(session.slug, row.user.id);
                attempt(api.request('PUT', path, { role: 'moderator' }), t('promoted'));
              }}
            >
              {t('promote')}
            </MenuItem>
          )}
        </>
      )}
    </Menu>
  );
}
