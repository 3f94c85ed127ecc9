'use client';

import { LIMITS } from '@hubbub/protocol/tables';
import { Reply, SendHorizontal, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useRef } from 'react';
import { useSignIn } from '../../session/session';
import { cx } from '../../ui/cx';
import { IconButton } from '../../ui/icon-button';
import { shortcutOf } from '../keys/shortcuts';
import { useRoom } from '../room-context';
import { useRoomSettings } from '../settings';
import { useSecondsUntil } from '../use-seconds-until';
import { useValue } from '../use-value';
import { countChars } from './composer-store';
import { Hint } from './hint';
import { StylePopover } from './style-popover';
import { useEnter } from './use-enter';

/** From here on the counter is shown. */
const COUNT_FROM = 160;

/** Where the reader speaks. What is written survives every refusal. */
export function Composer() {
  const t = useTranslations('room.composer');
  const { session, composer } = useRoom();
  const { requireUser } = useSignIn();
  const user = useValue(session.user);
  const text = useValue(composer.text);
  const replyTo = useValue(composer.replyTo);
  const waitUntil = useValue(session.waitUntil);
  const input = useRef<HTMLTextAreaElement>(null);
  const sendsAfterSignIn = useRef(false);
  const chars = countChars(text.trim());
  const tooLong = chars > LIMITS.textChars;
  const seconds = useSecondsUntil(waitUntil > 0 ? waitUntil : null) ?? 0;

  const submit = useCallback(() => {
    const { writing } = useRoomSettings.getState();
    const { flies, mode, color, size } = writing;
    const result = composer.submit(flies ? { mode, color, size } : null);
    if (result !== 'sign-in') return;
    sendsAfterSignIn.current = true;
    void requireUser({ reason: 'chat', view: 'guest' }).then((signedIn) => {
      if (signedIn === null) sendsAfterSignIn.current = false;
      input.current?.focus();
    });
  }, [composer, requireUser]);

  // The connection speaks for the new user a moment after the sign-in.
  useEffect(() => {
    if (user === null || !sendsAfterSignIn.current) return;
    sendsAfterSignIn.current = false;
    submit();
  }, [user, submit]);

  useEffect(() => {
    const unset = composer.setFocus(() => input.current?.focus());
    const onKey = (event: KeyboardEvent): void => {
      if (shortcutOf(event) !== 'write') return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      unset();
      document.removeEventListener('keydown', onKey);
    };
  }, [composer]);

  const enter = useEnter(submit);
  useEffect(() => {
    if (input.current !== null) growToText(input.current);
  }, [text]);

  return (
    <form
      aria-label={t('label')}
      className="border-t border-hair bg-surface px-3 pt-2 pb-[max(0.75rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {replyTo !== null && (
        <div className="mb-2 flex items-center gap-2 rounded-md bg-sunken px-3 py-1 text-sm text-muted">
          <Reply size={16} aria-hidden className="shrink-0 -scale-x-100" />
          <span className="min-w-0 flex-1 truncate">
            {t('replying', { name: replyTo.name, text: replyTo.text })}
          </span>
          <IconButton
            size="sm"
            label={t('noReply')}
            icon={<X size={16} aria-hidden />}
            onClick={() => {
              composer.replyTo.set(null);
            }}
          />
        </div>
      )}
      <div
        className={cx(
          'flex items-end gap-1 rounded-lg border bg-sunken p-1 transition-colors duration-(--duration-fast)',
          tooLong ? 'border-danger' : 'border-edge focus-within:border-focus',
        )}
      >
        <StylePopover />
        <textarea
          ref={input}
          rows={1}
          value={text}
          aria-label={t('input')}
          aria-describedby="composer-hint"
          aria-invalid={tooLong || undefined}
          placeholder={user === null ? t('placeholderAnonymous') : t('placeholder')}
          enterKeyHint="send"
          autoComplete="off"
          className="max-h-28 min-h-10 min-w-0 flex-1 resize-none bg-transparent px-1 py-2 text-[1rem] leading-6 text-ink outline-none lg:text-base"
          onChange={(event) => {
            composer.write(event.target.value.replace(/\n/g, ' '));
            session.noteTyping();
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
            enter.onKeyDown(event);
          }}
          onCompositionStart={enter.onCompositionStart}
          onCompositionEnd={enter.onCompositionEnd}
        />
        {chars >= COUNT_FROM && (
          <span
            className={cx(
              'tabular self-center px-1 text-xs',
              tooLong ? 'text-danger' : 'text-faint',
            )}
          >
            {t('count', { chars, most: LIMITS.textChars })}
          </span>
        )}
        <button
          type="submit"
          aria-label={seconds > 0 ? t('wait', { seconds }) : t('send')}
          className={cx(
            'tabular inline-flex size-10 shrink-0 items-center justify-center rounded-md text-sm font-semibold transition-colors duration-(--duration-fast)',
            text.trim() === '' || seconds > 0 || tooLong
              ? 'text-faint'
              : 'bg-accent text-on-accent hover:bg-accent-hover',
          )}
        >
          {seconds > 0 ? seconds : <SendHorizontal size={20} aria-hidden />}
        </button>
      </div>
      <Hint />
    </form>
  );
}

/** The input is as high as its text, up to four lines. */
function growToText(element: HTMLElement): void {
  element.style.height = 'auto';
  element.style.height = `${String(element.scrollHeight)}px`;
}
