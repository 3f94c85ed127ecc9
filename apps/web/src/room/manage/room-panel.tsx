'use client';

import type { RoomChange } from '@hubbub/protocol';
import { LIMITS } from '@hubbub/protocol/tables';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { LiveBadge } from '../../ui/live-badge';
import { TextField } from '../../ui/text-field';
import { ChoiceRow } from '../choice-row';
import { useRoom } from '../room-context';
import { useValue } from '../use-value';
import { useChangeRoom } from './use-change-room';

const SLOW_SECONDS = [0, 3, 5, 10, 30, 60] as const;
const VISIBILITIES = ['public', 'unlisted', 'private'] as const;

/** On air or off, the title, the picture, the pace. Each change is the room's at once. */
export function RoomPanel(props: { owns: boolean }) {
  const t = useTranslations('room.manage');
  const { session } = useRoom();
  const room = useValue(session.description);
  const { change, busy, problem } = useChangeRoom();
  const [title, setTitle] = useState(room.title);
  const [streamUrl, setStreamUrl] = useState(room.streamUrl ?? '');
  const errorAt = (at: keyof RoomChange): string | undefined =>
    problem?.at === at ? problem.text : undefined;
  const isLive = room.state === 'live';
  const url = streamUrl.trim() === '' ? null : streamUrl.trim();

  return (
    <div className="flex flex-col gap-5">
      {props.owns && (
        <div className="flex items-center gap-3 rounded-md bg-sunken p-3">
          <span className="min-w-0 flex-1">
            {isLive ? <LiveBadge /> : <span className="font-semibold">{t('offAir')}</span>}
            <span className="mt-1 block text-sm text-muted">
              {isLive ? t('liveHint') : t('offAirHint')}
            </span>
            {problem?.at === 'state' && (
              <span role="alert" className="block text-sm text-danger">
                {problem.text}
              </span>
            )}
          </span>
          <Button
            variant={isLive ? 'danger' : 'primary'}
            loading={busy === 'state'}
            onClick={() => {
              void change('state', { state: isLive ? 'offline' : 'live' });
            }}
          >
            {isLive ? t('goOffline') : t('goLive')}
          </Button>
        </div>
      )}
      <form
        className="flex items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void change('title', { title: title.trim() });
        }}
      >
        <TextField
          className="flex-1"
          label={t('roomTitle')}
          name="title"
          value={title}
          maxLength={LIMITS.titleCharsMax}
          onChange={setTitle}
          error={errorAt('title')}
        />
        <Button
          type="submit"
          className="mt-7"
          loading={busy === 'title'}
          disabled={title.trim() === '' || title.trim() === room.title}
        >
          {t('save')}
        </Button>
      </form>
      {props.owns && (
        <form
          className="flex items-start gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void change('streamUrl', { streamUrl: url });
          }}
        >
          <TextField
            className="flex-1"
            label={t('streamUrl')}
            name="streamUrl"
            type="url"
            placeholder="https://…/live.m3u8"
            value={streamUrl}
            onChange={setStreamUrl}
            hint={t('streamUrlHint')}
            error={errorAt('streamUrl')}
          />
          <Button
            type="submit"
            className="mt-7"
            loading={busy === 'streamUrl'}
            disabled={url === room.streamUrl}
          >
            {t('save')}
          </Button>
        </form>
      )}
      <ChoiceRow
        label={t('slowMode')}
        value={room.slowModeMs / 1000}
        options={SLOW_SECONDS.map((value) => ({
          value,
          label: value === 0 ? t('slowOff') : t('slowSeconds', { seconds: value }),
        }))}
        onChange={(seconds) => {
          void change('slowModeMs', { slowModeMs: seconds * 1000 });
        }}
      />
      {problem?.at === 'slowModeMs' && <Problem text={problem.text} />}
      {props.owns && (
        <ChoiceRow
          label={t('visibility')}
          value={room.visibility}
          options={VISIBILITIES.map((value) => ({ value, label: t(`visibilities.${value}`) }))}
          onChange={(visibility) => {
            void change('visibility', { visibility });
          }}
        />
      )}
      {problem?.at === 'visibility' && <Problem text={problem.text} />}
    </div>
  );
}

function Problem(props: { text: string }) {
  return (
    <p role="alert" className="text-sm text-danger">
      {props.text}
    </p>
  );
}
