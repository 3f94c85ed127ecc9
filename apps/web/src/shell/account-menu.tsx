'use client';

import type { SessionUser } from '@hubbub/protocol';
import { LogOut, Plus, UserRoundPlus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { ApiError } from '../api/api-error';
import { useErrorText } from '../api/error-text';
import { useSession, useSignIn } from '../session/session';
import { Avatar } from '../ui/avatar';
import { Menu, MenuHeader, MenuItem, MenuSeparator } from '../ui/menu';
import { useToast } from '../ui/toast';

export function AccountMenu(props: { user: SessionUser }) {
  const t = useTranslations('shell.header');
  const { signOut } = useSession();
  const { requireUser } = useSignIn();
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const { user } = props;
  return (
    <Menu
      className="w-60"
      trigger={
        <button
          type="button"
          aria-label={t('account', { name: user.name })}
          className="ml-1 inline-flex size-10 items-center justify-center rounded-full hover:bg-hover data-popup-open:bg-hover"
        >
          <Avatar id={user.id} name={user.name} />
        </button>
      }
    >
      <MenuHeader>
        <p className="truncate font-semibold">{user.name}</p>
        <p className="text-sm text-muted">{t(`roles.${user.role}`)}</p>
      </MenuHeader>
      <MenuSeparator />
      {user.role === 'guest' ? (
        <MenuItem
          icon={<UserRoundPlus size={16} />}
          onSelect={() => {
            void requireUser({ accountOnly: true, view: 'create' });
          }}
        >
          {t('upgrade')}
        </MenuItem>
      ) : (
        <MenuItem
          icon={<Plus size={16} />}
          onSelect={() => {
            router.push('/create');
          }}
        >
          {t('create')}
        </MenuItem>
      )}
      <MenuItem
        icon={<LogOut size={16} />}
        onSelect={() => {
          signOut().then(
            () => {
              toast(t('signedOut'), { tone: 'good' });
            },
            (thrown: unknown) => {
              toast(t('signOutFailed'), {
                description: errorText(ApiError.from(thrown)),
                tone: 'danger',
              });
            },
          );
        }}
      >
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}
