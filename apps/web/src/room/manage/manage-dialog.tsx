'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Dialog } from '../../ui/dialog';
import { Tabs } from '../../ui/tabs';
import { useOwns, useRoom } from '../room-context';
import { MutesPanel } from './mutes-panel';
import { PeoplePanel } from './people-panel';
import { RoomPanel } from './room-panel';

type Tab = 'room' | 'people' | 'mutes';

/** What the owner and the moderators run the room with. */
export function ManageDialog(props: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations('room.manage');
  const { session } = useRoom();
  const owns = useOwns();
  const [tab, setTab] = useState<Tab>('room');
  const { slug } = session;
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange} title={t('title')}>
      <Tabs<Tab>
        label={t('title')}
        value={tab}
        onChange={setTab}
        panelClassName="pt-4"
        tabs={[
          { value: 'room', label: t('tabs.room'), panel: <RoomPanel owns={owns} /> },
          {
            value: 'people',
            label: t('tabs.people'),
            panel: <PeoplePanel slug={slug} owns={owns} />,
          },
          { value: 'mutes', label: t('tabs.mutes'), panel: <MutesPanel slug={slug} /> },
        ]}
      />
    </Dialog>
  );
}
