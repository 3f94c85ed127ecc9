'use client';

import { HubbubError } from '@hubbub/client';
import type { MuteListReply } from '@hubbub/protocol';
import { useLocale, useTranslations } from 'next-intl';
import { Button } from '../../ui/button';
import { useToast } from '../../ui/toast';
import { useRefusalText } from '../composer/refusal-text';
import { useRoom } from '../room-context';
import { mutesPath } from './paths';
import { PersonList } from './person-list';
import { usePeople } from './use-people';

/** Who may not speak now, until when, and the way to let them again. */
export function MutesPanel(props: { slug: string }) {
  const t = useTranslations('room.manage');
  const locale = useLocale();
  const toast = useToast();
  const refusalText = useRefusalText();
  const { session } = useRoom();
  const { reply, error, reload } = usePeople<MuteListReply>(mutesPath(props.slug));
  const people = reply?.mutes.map(({ user, until }) => ({
    id: user.id,
    name: user.name,
    note: t('mutedUntil', {
      until: new Date(until).toLocaleString(locale, { dateStyle: 'short', timeStyle: 'short' }),
    }),
    action: (
      <Button
        size="sm"
        variant="ghost"
        onClick={() => {
          session.unmute(user.id).then(reload, (thrown: unknown) => {
            const code = thrown instanceof HubbubError ? thrown.code : 'internal';
            toast(t('failed'), { tone: 'danger', description: refusalText(code, null) });
          });
        }}
      >
        {t('unmute')}
      </Button>
    ),
  }));
  return <PersonList people={people ?? null} error={error} empty={t('noMutes')} onRetry={reload} />;
}
