import type { SessionReply, SessionUser } from '@hubbub/protocol';
import { configure, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { NextIntlClientProvider } from 'next-intl';
import { useState } from 'react';
import messages from '../../messages/en/shell.json';
import room from '../../messages/en/room.json';
import { ApiError } from '../api/api-error';
import { SignInForm } from './sign-in-form-view';
import type { SignInValues, SignInView } from './sign-in-form';

configure({ asyncUtilTimeout: 10_000 });

const MIKA: SessionUser = { id: 'u1', name: 'Mika', role: 'user' };

type Submit = (view: SignInView, values: SignInValues) => Promise<SessionReply>;

function Form(props: {
  view: SignInView;
  submit: Submit;
  onSignedIn: (user: SessionUser) => void;
}) {
  const [values, setValues] = useState<SignInValues>({ name: '', handle: '', password: '' });
  return (
    <NextIntlClientProvider locale="en" timeZone="UTC" messages={{ shell: messages, room }}>
      <SignInForm {...props} values={values} onChange={setValues} />
    </NextIntlClientProvider>
  );
}

function show(view: SignInView, submit: Submit = () => Promise.reject(new Error('not asked'))) {
  const signedIn: SessionUser[] = [];
  render(<Form view={view} submit={submit} onSignedIn={(user) => signedIn.push(user)} />);
  return { signedIn, user: userEvent.setup() };
}

/** What a screen reader says about a field besides its name. */
function saidOf(label: string): string {
  const field = screen.getByLabelText(label);
  const ids = field.getAttribute('aria-describedby')?.split(' ') ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
}

describe('the sign-in form', () => {
  it('asks a guest for a name, at the field, without asking the gateway', async () => {
    const { user } = show('guest');
    await user.click(screen.getByRole('button', { name: 'Join as a guest' }));
    expect(saidOf('Name')).toContain('Write a name.');
    expect(screen.getByLabelText('Name').getAttribute('aria-invalid')).toBe('true');
    expect(document.activeElement).toBe(screen.getByLabelText('Name'));
  });

  it('says everything that is wrong with a new account and goes to the first', async () => {
    const { user } = show('create');
    await user.type(screen.getByLabelText('Name'), 'Mika');
    await user.type(screen.getByLabelText('Handle'), 'mi');
    await user.type(screen.getByLabelText('Password'), 'short{Enter}');
    expect(saidOf('Handle')).toContain('3 to 24 characters');
    expect(saidOf('Password')).toContain('8 to 256');
    expect(document.activeElement).toBe(screen.getByLabelText('Handle'));
  });

  it('takes the message away as soon as the field changes', async () => {
    const { user } = show('guest');
    await user.click(screen.getByRole('button', { name: 'Join as a guest' }));
    await user.type(screen.getByLabelText('Name'), 'M');
    expect(saidOf('Name')).not.toContain('Write a name.');
  });

  it('writes a handle in lower case and hands a new account over', async () => {
    const asked: SignInValues[] = [];
    const { user, signedIn } = show('create', (_, values) => {
      asked.push(values);
      return Promise.resolve({ user: MIKA, token: 't' });
    });
    await user.type(screen.getByLabelText('Name'), 'Mika');
    await user.type(screen.getByLabelText('Handle'), 'MIKA');
    await user.type(screen.getByLabelText('Password'), 'long enough{Enter}');
    await waitFor(() => {
      expect(signedIn).toEqual([MIKA]);
    });
    expect(asked).toEqual([{ name: 'Mika', handle: 'mika', password: 'long enough' }]);
  });

  it.each<[string, SignInView, ApiError, string, string]>([
    [
      'a handle that is taken',
      'create',
      new ApiError('conflict', 'x', { field: 'handle' }),
      'Handle',
      'Somebody has this handle already.',
    ],
    [
      'a name that is somebody’s handle',
      'guest',
      new ApiError('conflict', 'x', { field: 'name' }),
      'Name',
      'Somebody goes by this name already.',
    ],
    [
      'a name that a filter holds back',
      'guest',
      new ApiError('rejected', 'x', { field: 'name' }),
      'Name',
      'This name cannot be used here.',
    ],
    [
      'a wrong password',
      'sign-in',
      new ApiError('unauthenticated', 'x'),
      'Password',
      'Handle and password do not belong together.',
    ],
  ])('shows %s at its field', async (_, view, error, label, text) => {
    const { user } = show(view, () => Promise.reject(error));
    if (view !== 'sign-in') await user.type(screen.getByLabelText('Name'), 'Mika');
    if (view !== 'guest') {
      await user.type(screen.getByLabelText('Handle'), 'mika');
      await user.type(screen.getByLabelText('Password'), 'long enough');
    }
    await user.keyboard('{Enter}');
    await waitFor(() => {
      expect(saidOf(label)).toContain(text);
    });
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('says above the button what belongs to no field, and when to come back', async () => {
    const { user, signedIn } = show('guest', () =>
      Promise.reject(new ApiError('rate_limited', 'x', { retryAfterMs: 11_200 })),
    );
    await user.type(screen.getByLabelText('Name'), 'Mika{Enter}');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toBe('That was too often. Try again in 12 seconds.');
    expect(signedIn).toEqual([]);
  });

  it('shows the password on demand', async () => {
    const { user } = show('sign-in');
    expect(screen.getByLabelText('Password').getAttribute('type')).toBe('password');
    await user.click(screen.getByRole('button', { name: 'Show the password' }));
    expect(screen.getByLabelText('Password').getAttribute('type')).toBe('text');
  });
});
