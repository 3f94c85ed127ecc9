'use client';

import type { SessionReply, SessionUser } from '@hubbub/protocol';
import { LIMITS } from '@hubbub/protocol/tables';
import { Eye, EyeOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState, type SyntheticEvent } from 'react';
import { ApiError } from '../api/api-error';
import { useErrorText } from '../api/error-text';
import { Button } from '../ui/button';
import { IconButton } from '../ui/icon-button';
import { TextField } from '../ui/text-field';
import { focusFirstProblem } from '../ui/focus-first-problem';
import {
  FIELDS_OF,
  problemOfRefusal,
  problemsOf,
  type SignInProblems,
  type SignInValues,
  type SignInView,
} from './sign-in-form';

/** One of the three ways to come in. What is wrong stands at its field; what belongs to none, above the button. */
export function SignInForm(props: {
  view: SignInView;
  values: SignInValues;
  onChange: (values: SignInValues) => void;
  /** Asks the gateway. @throws {ApiError} */
  submit: (view: SignInView, values: SignInValues) => Promise<SessionReply>;
  onSignedIn: (user: SessionUser) => void;
}) {
  const { view, values } = props;
  const t = useTranslations('shell.signIn');
  const tp = useTranslations('shell.fieldErrors');
  const errorText = useErrorText();
  const form = useRef<HTMLFormElement>(null);
  const [problems, setProblems] = useState<SignInProblems>({});
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);

  const showProblems = (found: SignInProblems) => {
    setProblems(found);
    focusFirstProblem(form.current, FIELDS_OF[view], found);
  };

  const onSubmit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    setRefusal(null);
    const found = problemsOf(view, values);
    if (Object.keys(found).length > 0) {
      showProblems(found);
      return;
    }
    setBusy(true);
    try {
      props.onSignedIn((await props.submit(view, values)).user);
    } catch (thrown) {
      const error = ApiError.from(thrown);
      const refused = problemOfRefusal(view, error);
      if (refused === null) setRefusal(errorText(error));
      else showProblems(refused);
    } finally {
      setBusy(false);
    }
  };

  const field = (name: keyof SignInValues) => {
    const problem = problems[name];
    return {
      name,
      value: values[name],
      onChange: (value: string) => {
        props.onChange({ ...values, [name]: name === 'handle' ? value.toLowerCase() : value });
        if (problem !== undefined) setProblems({ ...problems, [name]: undefined });
      },
      error: problem === undefined ? undefined : tp(problem),
    };
  };
  const labels = {
    guest: t('submitGuest'),
    'sign-in': t('submitSignIn'),
    create: t('submitCreate'),
  };

  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        void onSubmit(event);
      }}
      className="flex flex-col gap-4"
    >
      {view !== 'sign-in' && (
        <TextField
          {...field('name')}
          label={t('name')}
          hint={view === 'guest' ? t('guestHint') : t('nameHint')}
          autoComplete="nickname"
          maxLength={LIMITS.nameCharsMax}
          autoFocus
        />
      )}
      {view !== 'guest' && (
        <>
          <TextField
            {...field('handle')}
            label={t('handle')}
            {...(view === 'create' ? { hint: t('handleHint') } : { autoFocus: true })}
            autoComplete="username"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            maxLength={24}
          />
          <TextField
            {...field('password')}
            label={t('password')}
            {...(view === 'create' ? { hint: t('passwordHint') } : {})}
            type={shown ? 'text' : 'password'}
            autoComplete={view === 'create' ? 'new-password' : 'current-password'}
            maxLength={256}
            suffix={
              <IconButton
                size="sm"
                tooltip={false}
                label={shown ? t('hidePassword') : t('showPassword')}
                pressed={shown}
                icon={shown ? <EyeOff size={18} aria-hidden /> : <Eye size={18} aria-hidden />}
                className="-mr-2"
                onClick={() => {
                  setShown(!shown);
                }}
              />
            }
          />
        </>
      )}
      {refusal !== null && (
        <p role="alert" className="rounded-md bg-danger-wash px-3 py-2 text-sm text-danger">
          {refusal}
        </p>
      )}
      <Button type="submit" variant="primary" size="lg" loading={busy} className="mt-1 w-full">
        {labels[view]}
      </Button>
    </form>
  );
}
