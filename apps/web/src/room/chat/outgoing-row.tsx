'use client';

import { CircleAlert, Clock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { SessionUser } from '@hubbub/protocol';
import { cx } from '../../ui/cx';
import { useRefusalText } from '../composer/refusal-text';
import type { OutgoingRow as Outgoing } from '../session/outgoing-list';
import { AuthorName } from './author-name';
import styles from './chat.module.css';
import { langOf } from './lang-of';
import { MessageText } from './message-row';

/** An own message that the room does not have yet, or did not take. */
export function OutgoingRow(props: { row: Outgoing; me: SessionUser; isConnected: boolean }) {
  const { row, me, isConnected } = props;
  const t = useTranslations('room.chat');
  const refusalText = useRefusalText();
  const hasFailed = row.status === 'failed';
  return (
    <li lang={langOf(row.text)} className={cx('px-4 py-1 text-base', styles['row'])}>
      <span className={hasFailed ? '' : 'text-muted'}>
        <AuthorName user={{ id: me.id, name: me.name }} />
        <span className="text-faint">{t('colon')}</span>
        <MessageText text={row.text} myName={null} />
      </span>
      {!hasFailed && (
        <span className="ml-2 inline-flex items-center gap-1 align-[-0.125em] text-xs text-faint">
          <Clock size={16} aria-hidden className={styles['pending']} />
          <span className={isConnected ? 'sr-only' : ''}>
            {isConnected ? t('sending') : t('queued')}
          </span>
        </span>
      )}
      {hasFailed && (
        <span className="mt-1 flex flex-wrap items-center gap-x-3 rounded-md bg-danger-wash px-2 py-1 text-sm text-danger">
          <CircleAlert size={16} aria-hidden className="shrink-0" />
          <span className="flex-1">
            {t('notSent', { reason: refusalText(row.error?.code ?? 'unavailable', null) })}
          </span>
          <span className="flex gap-1">
            <RowAction
              onClick={() => {
                row.message.retry();
              }}
            >
              {t('sendAgain')}
            </RowAction>
            <RowAction
              onClick={() => {
                row.message.discard();
              }}
            >
              {t('discard')}
            </RowAction>
          </span>
        </span>
      )}
    </li>
  );
}

function RowAction(props: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={props.onClick}
      className="min-h-8 rounded-sm px-1 font-semibold text-ink underline underline-offset-4"
    >
      {props.children}
    </button>
  );
}
