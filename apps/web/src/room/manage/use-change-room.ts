import type { RoomChange } from '@hubbub/protocol';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ApiError } from '../../api/api-error';
import { api } from '../../api/client';
import { useErrorText } from '../../api/error-text';
import { useRoom } from '../room-context';

export interface ChangingRoom {
  /** Changes the room; `at` is where in the form it belongs. Never rejects. */
  change: (at: keyof RoomChange, wanted: RoomChange) => Promise<void>;
  busy: keyof RoomChange | null;
  problem: { at: keyof RoomChange; text: string } | null;
}

/** Asks the gateway for a change of the room, and keeps what became of it. */
export function useChangeRoom(): ChangingRoom {
  const t = useTranslations('room.manage');
  const { session } = useRoom();
  const errorText = useErrorText();
  const [busy, setBusy] = useState<ChangingRoom['busy']>(null);
  const [problem, setProblem] = useState<ChangingRoom['problem']>(null);

  const change: ChangingRoom['change'] = async (at, wanted) => {
    setBusy(at);
    setProblem(null);
    try {
      session.describe(await api.changeRoom(session.slug, wanted));
    } catch (thrown) {
      const error = ApiError.from(thrown);
      const isUrl = at === 'streamUrl' && error.code === 'invalid';
      setProblem({ at, text: isUrl ? t('streamUrlWrong') : errorText(error) });
    } finally {
      setBusy(null);
    }
  };
  return { change, busy, problem };
}
