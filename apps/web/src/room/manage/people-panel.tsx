'use client';

import type { MemberListReply } from '@hubbub/protocol';
import { useTranslations } from 'next-intl';
import { ApiError } from '../../api/api-error';
import { api } from '../../api/client';
import { useErrorText } from '../../api/error-text';
import { Button } from '../../ui/button';
import { useToast } from '../../ui/toast';
import { memberPath, membersPath } from './paths';
import { PersonList, type Person } from './person-list';
import { usePeople } from './use-people';

/** Who has a role in the room; the owner gives and takes it. */
export function PeoplePanel(props: { slug: string; owns: boolean }) {
  const { slug, owns } = props;
  const t = useTranslations('room.manage');
  const toast = useToast();
  const errorText = useErrorText();
  const { reply, error, reload } = usePeople<MemberListReply>(membersPath(slug));

  const set = (userId: string, role: 'member' | 'moderator' | null): void => {
    const asked =
      role === null
        ? api.request('DELETE', memberPath(slug, userId))
        : api.request('PUT', memberPath(slug, userId), { role });
    asked.then(reload, (thrown: unknown) => {
      toast(t('failed'), { tone: 'danger', description: errorText(ApiError.from(thrown)) });
    });
  };

  const people = reply?.members.map(({ user, role }): Person => {
    const person = { id: user.id, name: user.name, note: t(`roles.${role}`) };
    if (!owns || role === 'owner') return person;
    return {
      ...person,
      action: (
        <span className="flex gap-1">
          {role === 'member' && (
            <Button
              size="sm"
              variant="ghost"
              onClick={() => {
                set(user.id, 'moderator');
              }}
            >
              {t('promote')}
            </Button>
          )}
          <Button
            size="sm"
            variant="ghost"
            onClick={() => {
              set(user.id, null);
            }}
          >
            {t('removeRole')}
          </Button>
        </span>
      ),
    };
  });
  return (
    <>
      <PersonList people={people ?? null} error={error} empty={t('nobody')} onRetry={reload} />
      {owns && <p className="pt-3 text-sm text-muted">{t('promoteHint')}</p>}
    </>
  );
}
