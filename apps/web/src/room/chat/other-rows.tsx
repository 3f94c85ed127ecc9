'use client';

import { Gift } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { memo } from 'react';
import { Spinner } from '../../ui/spinner';
import { AuthorName } from './author-name';
import styles from './chat.module.css';
import type {
  GapRow as Gap,
  GiftRow as GiftGiven,
  SystemLine,
  SystemRow,
  WithdrawnRow,
} from './rows';

export const Tombstone = memo(function Tombstone(props: { row: WithdrawnRow }) {
  const t = useTranslations('room.chat');
  return (
    <li className={`px-4 py-1 text-base text-faint ${styles['row'] ?? ''}`}>
      <AuthorName user={props.row.user} />
      {t('colon')}
      <span className="italic">{t('withdrawn')}</span>
    </li>
  );
});

/** Says how many entries are not here, and brings them. */
export const GapLine = memo(function GapLine(props: { row: Gap; onLoad: (gap: Gap) => void }) {
  const { row, onLoad } = props;
  const t = useTranslations('room.chat');
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-sm text-muted">
      <span aria-hidden className="h-px flex-1 bg-hair" />
      <span className="tabular">{t(row.thinned ? 'thinned' : 'gap', { count: row.count })}</span>
      <button
        type="button"
        disabled={row.loading === 'loading'}
        onClick={() => {
          onLoad(row);
        }}
        className="inline-flex min-h-8 items-center gap-2 rounded-md px-2 font-semibold text-ink underline underline-offset-4 hover:bg-hover"
      >
        {row.loading === 'loading' && <Spinner />}
        {row.loading === 'failed' ? t('gapFailed') : t('gapLoad')}
      </button>
      <span aria-hidden className="h-px flex-1 bg-hair" />
    </li>
  );
});

export const SystemLines = memo(function SystemLines(props: {
  row: SystemRow;
  myId: string | null;
}) {
  return (
    <li className="px-4 py-1.5 text-center text-sm text-pretty text-muted">
      {props.row.lines.map((line) => (
        <span key={line.what} className="block">
          <SystemText line={line} myId={props.myId} />
        </span>
      ))}
    </li>
  );
});

function SystemText(props: { line: SystemLine; myId: string | null }) {
  const { line, myId } = props;
  const t = useTranslations('room.system');
  const locale = useLocale();
  switch (line.what) {
    case 'live':
    case 'offline':
      return t(line.what);
    case 'title':
      return t('title', { title: line.title });
    case 'slow':
      return line.seconds === 0 ? t('slowOff') : t('slow', { seconds: line.seconds });
    case 'muted': {
      const until = new Date(line.until).toLocaleTimeString(locale, {
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      });
      if (line.user === myId) return t('mutedYou', { until });
      return t('muted', { name: line.name ?? t('somebody') });
    }
    case 'unmuted':
      if (line.user === myId) return t('unmutedYou');
      return t('unmuted', { name: line.name ?? t('somebody') });
    case 'cleared':
      if (line.user === null) return t('cleared');
      return t('clearedUser', { name: line.name ?? t('somebody') });
  }
}

export const GiftLine = memo(function GiftLine(props: { row: GiftGiven }) {
  const { row } = props;
  const t = useTranslations('room.chat');
  return (
    <li className="mx-4 my-1 flex items-center gap-2 rounded-md bg-accent/12 px-3 py-2 text-base">
      <Gift size={16} aria-hidden className="shrink-0 text-accent-ink" />
      <span className="min-w-0">
        <AuthorName user={row.user} /> {t('gift', { name: row.name, count: row.count })}
      </span>
    </li>
  );
});
