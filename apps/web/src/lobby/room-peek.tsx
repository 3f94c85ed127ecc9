'use client';

import type { MessageEntry } from '@hubbub/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client';
import styles from './room-peek.module.css';

const LANES = 4;
/** Long enough that a pointer passing over the grid asks for nothing. */
const INTENT_MS = 220;

/** The last messages of a room, asked for once somebody points at it, and let go when they leave. */
export function usePeek(slug: string): {
  messages: MessageEntry[];
  enter: () => void;
  leave: () => void;
} {
  const [messages, setMessages] = useState<MessageEntry[]>([]);
  const asking = useRef<AbortController | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const leave = useCallback(() => {
    clearTimeout(timer.current);
    asking.current?.abort();
    setMessages([]);
  }, []);
  const enter = useCallback(() => {
    if (matchMedia('(hover: none), (prefers-reduced-motion: reduce)').matches) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const request = new AbortController();
      asking.current = request;
      api.entries(slug, { limit: 24 }, { signal: request.signal }).then(
        ({ entries }) => {
          setMessages(
            entries.filter((entry) => entry.kind === 'message' && 'text' in entry).slice(-8),
          );
        },
        () => {
          // A glance is not worth an error message; the card stays as it is.
        },
      );
    }, INTENT_MS);
  }, [slug]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      asking.current?.abort();
    },
    [],
  );
  return { messages, enter, leave };
}

/** Flies them over the cover, once. Decorative: the room itself has them as text. */
export function RoomPeek(props: { messages: MessageEntry[] }) {
  return (
    <span aria-hidden className="absolute inset-0 overflow-hidden">
      {props.messages.map((message, index) => (
        <span
          key={message.seq}
          className={styles['bullet']}
          style={{
            top: `${String(14 + (index % LANES) * 19)}%`,
            color: message.danmaku?.color,
            animationDelay: `${String(index * 420)}ms`,
          }}
        >
          {message.text}
        </span>
      ))}
    </span>
  );
}
