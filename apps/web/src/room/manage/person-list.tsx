'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { ApiError } from '../../api/api-error';
import { useErrorText } from '../../api/error-text';
import { Avatar } from '../../ui/avatar';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/skeleton';

export interface Person {
  id: string;
  name: string;
  note: string;
  action?: ReactNode;
}

/** People in rows, with what can be done about each; or why there are none. */
export function PersonList(props: {
  people: readonly Person[] | null;
  error: ApiError | null;
  empty: string;
  onRetry: () => void;
}) {
  const t = useTranslations('room.manage');
  const errorText = useErrorText();
  if (props.error !== null) {
    return (
      <div className="flex items-center gap-3 py-4">
        <p role="alert" className="flex-1 text-base text-danger">
          {errorText(props.error)}
        </p>
        <Button size="sm" onClick={props.onRetry}>
          {t('retry')}
        </Button>
      </div>
    );
  }
  if (props.people === null) {
    return (
      <div className="flex flex-col gap-3 py-2" aria-hidden>
        {[0, 1, 2].map((n) => (
          <Skeleton key={n} className="h-10 w-full" />
        ))}
      </div>
    );
  }
  if (props.people.length === 0) {
    return <p className="py-6 text-center text-base text-muted">{props.empty}</p>;
  }
  return (
    <ul className="flex flex-col">
      {props.people.map((person) => (
        <li key={person.id} className="flex min-h-12 items-center gap-3">
          <Avatar id={person.id} name={person.name} size="sm" />
          <span className="min-w-0 flex-1">
            <bdi className="block truncate text-base">{person.name}</bdi>
            <span className="block text-sm text-muted">{person.note}</span>
          </span>
          {person.action}
        </li>
      ))}
    </ul>
  );
}
