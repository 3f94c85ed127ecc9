import { useCallback, useEffect, useState } from 'react';
import { ApiError } from '../../api/api-error';
import { api } from '../../api/client';

export interface People<Reply> {
  reply: Reply | null;
  error: ApiError | null;
  reload: () => void;
}

/** A list of the room's people, asked for when it is opened and again after a change. */
export function usePeople<Reply>(path: string): People<Reply> {
  const [reply, setReply] = useState<Reply | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    api.request<Reply>('GET', path).then(
      (answer) => {
        if (!isCurrent) return;
        setReply(answer);
        setError(null);
      },
      (thrown: unknown) => {
        if (isCurrent) setError(ApiError.from(thrown));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [path, turn]);
  const reload = useCallback(() => {
    setTurn((before) => before + 1);
  }, []);
  return { reply, error, reload };
}
