'use client';

import type { SessionReply, SessionUser } from '@hubbub/protocol';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '../api/client';
import { Dialog } from '../ui/dialog';
import { Tabs } from '../ui/tabs';
import { useToast } from '../ui/toast';
import { SignInForm } from './sign-in-form-view';
import type { SignInValues, SignInView } from './sign-in-form';

export type { SignInView };
export type SignInReason = 'chat' | 'create' | 'moderate';

function submit(view: SignInView, values: SignInValues): Promise<SessionReply> {
  const { handle, password } = values;
  const name = values.name.trim();
  switch (view) {
    case 'guest':
      return api.guestSignIn({ name });
    case 'sign-in':
      return api.signIn({ handle, password });
    case 'create':
      return api.createAccount({ handle, name, password });
  }
}

/** Asks for a name or an account. `onDone` once: with the user, or with null where it was closed. */
export function SignInDialog(props: {
  open: boolean;
  reason: SignInReason | undefined;
  initialView: SignInView | undefined;
  accountOnly: boolean;
  onDone: (user: SessionUser | null) => void;
}) {
  const t = useTranslations('shell.signIn');
  // Whoever is asked for an account without a reason is told what one is for.
  const reason = props.reason ?? (props.accountOnly ? 'create' : undefined);
  const title = props.reason === undefined ? t('title') : t(`titles.${props.reason}`);
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => {
        if (!open) props.onDone(null);
      }}
      title={title}
      description={reason === undefined ? t('intro') : t(`reasons.${reason}`)}
    >
      <SignInViews {...props} />
    </Dialog>
  );
}

/** Lives as long as the dialog is open, so what was typed moves between the tabs and is gone afterwards. */
function SignInViews(props: {
  initialView: SignInView | undefined;
  accountOnly: boolean;
  onDone: (user: SessionUser | null) => void;
}) {
  const t = useTranslations('shell.signIn');
  const toast = useToast();
  const [view, setView] = useState<SignInView>(
    props.initialView ?? (props.accountOnly ? 'sign-in' : 'guest'),
  );
  const [values, setValues] = useState<SignInValues>({ name: '', handle: '', password: '' });
  const views: SignInView[] = props.accountOnly
    ? ['sign-in', 'create']
    : ['guest', 'sign-in', 'create'];
  const labels = { guest: t('guest'), 'sign-in': t('signIn'), create: t('create') };
  return (
    <Tabs<SignInView>
      label={t('views')}
      value={view}
      onChange={setView}
      panelClassName="pt-5 outline-none"
      tabs={views.map((one) => ({
        value: one,
        label: labels[one],
        panel: (
          <SignInForm
            view={one}
            values={values}
            onChange={setValues}
            submit={submit}
            onSignedIn={(user) => {
              toast(t('welcome', { name: user.name }), { tone: 'good' });
              props.onDone(user);
            }}
          />
        ),
      }))}
    />
  );
}
