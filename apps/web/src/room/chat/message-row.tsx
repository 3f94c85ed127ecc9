'use client';

import { Ellipsis, Reply } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { memo } from 'react';
import { cx } from '../../ui/cx';
import { useRoom } from '../room-context';
import { AuthorName } from './author-name';
import styles from './chat.module.css';
import { mentions, partsOf } from './mentions';
import type { MessageRow as Message } from './rows';

/** Where a menu opens: at an element or at a point. */
export type MenuAnchor = Element | { getBoundingClientRect: () => DOMRect };
export type OpenMenu = (row: Message, anchor: MenuAnchor) => void;

export interface MessageRowProps {
  row: Message;
  me: { id: string; name: string } | null;
  /** The time is the reader's own, which the server does not know. */
  showsTime: boolean;
  isOpen: boolean;
  onOpenMenu: OpenMenu;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, me, isOpen, onOpenMenu } = props;
  const t = useTranslations('room.chat');
  const isMine = me !== null && row.user.id === me.id;
  const callsMe = me !== null && !isMine && mentions(row.text, me.name);
  return (
    <li
      tabIndex={-1}
      data-seq={row.seq}
      data-open={isOpen}
      lang={row.lang}
      className={cx(
        'px-4 py-1 text-base',
        styles['row'],
        callsMe ? 'bg-accent/12 shadow-[inset_2px_0_0_var(--accent)]' : 'hover:bg-hover',
        isOpen && 'bg-hover',
      )}
      onContextMenu={(event) => {
        if (window.getSelection()?.isCollapsed === false) return;
        event.preventDefault();
        onOpenMenu(row, pointOf(event));
      }}
      onClick={(event) => {
        const { nativeEvent } = event;
        const isTouch = nativeEvent instanceof PointerEvent && nativeEvent.pointerType === 'touch';
        if (isTouch) onOpenMenu(row, pointOf(event));
      }}
    >
      {row.replyTo !== undefined && <Quote seq={row.replyTo} />}
      <AuthorName user={row.user} />
      <span className="text-faint">{t('colon')}</span>
      <MessageText text={row.text} myName={me?.name ?? null} />
      <span
        className={cx(
          'absolute -top-2 right-2 inline-flex items-center rounded-md border border-hair bg-raised',
          styles['tools'],
        )}
      >
        {props.showsTime && <RowTime at={row.at} />}
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('actions', { name: row.user.name })}
          aria-haspopup="menu"
          onClick={(event) => {
            event.stopPropagation();
            onOpenMenu(row, event.currentTarget);
          }}
          className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
        >
          <Ellipsis size={16} aria-hidden />
        </button>
      </span>
    </li>
  );
});

function pointOf({ clientX, clientY }: { clientX: number; clientY: number }): MenuAnchor {
  return { getBoundingClientRect: () => new DOMRect(clientX, clientY, 0, 0) };
}

export function MessageText(props: { text: string; myName: string | null }) {
  return partsOf(props.text, props.myName).map((part, index) => {
    if (part.kind === 'plain') return part.text;
    return (
      <span
        key={index}
        className={cx(
          'rounded-sm font-semibold',
          part.kind === 'me' ? 'bg-accent px-1 text-on-accent' : 'text-ink',
        )}
      >
        {part.text}
      </span>
    );
  });
}

function RowTime(props: { at: number }) {
  const locale = useLocale();
  const date = new Date(props.at);
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  return (
    <time
      dateTime={date.toISOString()}
      title={date.toLocaleString(locale)}
      className="tabular pl-2 text-xs text-faint"
    >
      {date.toLocaleTimeString(locale, time)}
    </time>
  );
}

/** The message that a reply answers, in a line, where it is still in the list. */
function Quote(props: { seq: number }) {
  const t = useTranslations('room.chat');
  const { session } = useRoom();
  const row = session.chat.find(props.seq);
  return (
    <span className="flex min-w-0 items-center gap-1 text-sm text-faint">
      <Reply size={16} aria-hidden className="shrink-0 -scale-x-100" />
      <span className="truncate">
        {row?.type === 'message'
          ? t('quote', { name: row.user.name, text: row.text })
          : t('quoteAway')}
      </span>
    </span>
  );
}
