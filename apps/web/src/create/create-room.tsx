'use client';

import type { RoomCreation } from '@hubbub/protocol';
import { LIMITS } from '@hubbub/protocol/tables';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useRef, useState, type SyntheticEvent } from 'react';
import { ApiError } from '../api/api-error';
import { api } from '../api/client';
import { useErrorText } from '../api/error-text';
import { RoomCardFace } from '../lobby/room-card';
import { useSession, useSignIn } from '../session/session';
import { Button } from '../ui/button';
import { RadioCards } from '../ui/radio-cards';
import { TextField } from '../ui/text-field';
import { focusFirstProblem } from '../ui/focus-first-problem';
import { problemOfRefusal, problemsOf, type RoomField, type RoomProblems } from './room-form';
import { nextSlug, suggestSlug } from './suggest-slug';

const FIELDS: RoomField[] = ['title', 'slug', 'streamUrl'];

/** The form, and beside it how the room will look in the lobby. `fallbackSlug`: the address where a title gives none. */
export function CreateRoom(props: { fallbackSlug: string }) {
  const t = useTranslations('shell.create');
  const tp = useTranslations('shell.fieldErrors');
  const errorText = useErrorText();
  const router = useRouter();
  const { user } = useSession();
  const { requireUser } = useSignIn();
  const form = useRef<HTMLFormElement>(null);
  const [title, setTitle] = useState('');
  const [ownSlug, setOwnSlug] = useState<string | null>(null);
  const [visibility, setVisibility] = useState<RoomCreation['visibility']>('public');
  const [streamUrl, setStreamUrl] = useState('');
  const [problems, setProblems] = useState<RoomProblems>({});
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const suggested = title.trim() === '' ? '' : suggestSlug(title, props.fallbackSlug);
  const slug = ownSlug ?? suggested;
  const needsAccount = user === null || user.role === 'guest';

  const showProblems = (found: RoomProblems) => {
    setProblems(found);
    focusFirstProblem(form.current, FIELDS, found);
  };

  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    setRefusal(null);
    const found = problemsOf({ title, slug, streamUrl });
    if (Object.keys(found).length > 0) {
      showProblems(found);
      return;
    }
    if ((await requireUser({ accountOnly: true, reason: 'create' })) === null) return;
    setBusy(true);
    try {
      const room = await api.createRoom({
        slug,
        title: title.trim(),
        visibility,
        streamUrl: streamUrl.trim() === '' ? null : streamUrl.trim(),
      });
      router.push(`/r/${room.slug}`);
    } catch (thrown) {
      const error = ApiError.from(thrown);
      const refused = problemOfRefusal(error);
      if (refused === null) setRefusal(errorText(error));
      else showProblems(refused);
      setBusy(false);
    }
  };

  const errorAt = (field: RoomField): string | undefined => {
    const problem = problems[field];
    if (problem === undefined) return undefined;
    return problem === 'slugTaken' ? tp('slugTakenTry', { slug: nextSlug(slug) }) : tp(problem);
  };
  const forget = (field: RoomField) => {
    if (problems[field] !== undefined) setProblems({ ...problems, [field]: undefined });
  };

  return (
    <div className="grid items-start gap-x-16 gap-y-8 lg:grid-cols-[minmax(0,36rem)_20rem]">
      <form
        ref={form}
        noValidate
        onSubmit={(event) => {
          void onSubmit(event);
        }}
        className="flex flex-col gap-6"
      >
        {needsAccount && (
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-hover px-4 py-3 text-base">
            {t('needsAccount')}
            <button
              type="button"
              className="font-semibold text-accent-ink underline underline-offset-4"
              onClick={() => {
                void requireUser({ accountOnly: true, reason: 'create' });
              }}
            >
              {t('needsAccountAction')}
            </button>
          </p>
        )}
        <TextField
          name="title"
          label={t('roomTitle')}
          value={title}
          placeholder={t('roomTitlePlaceholder')}
          maxLength={LIMITS.titleCharsMax}
          autoComplete="off"
          suffix={`${String(title.length)}/${String(LIMITS.titleCharsMax)}`}
          error={errorAt('title')}
          onChange={(value) => {
            setTitle(value);
            forget('title');
            if (ownSlug === null) forget('slug');
          }}
        />
        <TextField
          name="slug"
          label={t('slug')}
          value={slug}
          prefix="/r/"
          hint={t('slugHint')}
          maxLength={LIMITS.slugCharsMax}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={errorAt('slug')}
          onChange={(value) => {
            setOwnSlug(value === '' ? null : value.toLowerCase().replace(/[\s_]/g, '-'));
            forget('slug');
          }}
        />
        <RadioCards<RoomCreation['visibility']>
          label={t('visibility')}
          name="visibility"
          value={visibility}
          onChange={setVisibility}
          options={[
            { value: 'public', label: t('public'), description: t('publicHint') },
            { value: 'unlisted', label: t('unlisted'), description: t('unlistedHint') },
            { value: 'private', label: t('private'), description: t('privateHint') },
          ]}
        />
        <StreamField
          value={streamUrl}
          error={errorAt('streamUrl')}
          onChange={(value) => {
            setStreamUrl(value);
            forget('streamUrl');
          }}
        />
        {refusal !== null && (
          <p role="alert" className="rounded-md bg-danger-wash px-3 py-2 text-sm text-danger">
            {refusal}
          </p>
        )}
        <Button
          type="submit"
          variant="primary"
          size="lg"
          loading={busy}
          className="w-full sm:w-auto sm:self-start"
        >
          {t('submit')}
        </Button>
      </form>
      <aside aria-label={t('preview')} className="max-lg:hidden">
        <RoomCardFace
          slug={slug === '' ? props.fallbackSlug : slug}
          title={title.trim() === '' ? t('previewTitle') : title.trim()}
          owner={{ id: user?.id ?? '', name: user?.name ?? t('previewOwner') }}
          state="offline"
        />
      </aside>
    </div>
  );
}

function StreamField(props: {
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  const t = useTranslations('shell.create');
  const tc = useTranslations('shell.common');
  return (
    <TextField
      name="streamUrl"
      type="url"
      inputMode="url"
      label={`${t('streamUrl')} (${tc('optional')})`}
      placeholder="https://"
      hint={t('streamUrlHint')}
      autoComplete="off"
      spellCheck={false}
      maxLength={2048}
      {...props}
    />
  );
}
