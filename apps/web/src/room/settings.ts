'use client';

import type { DanmakuSettings } from '@hubbub/danmaku';
import type { DanmakuStyle } from '@hubbub/protocol';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type DanmakuChoice = Pick<
  DanmakuSettings,
  'enabled' | 'opacity' | 'speed' | 'size' | 'area' | 'density'
> & {
  /** Comments wait until the picture, which is some seconds late, shows the moment that they were written for. */
  inStep: boolean;
};

export interface RoomSettings {
  danmaku: DanmakuChoice;
  sound: { volume: number; muted: boolean };
  /** How the next message flies, and whether it does. */
  writing: DanmakuStyle & { flies: boolean };
  setDanmaku: (change: Partial<DanmakuChoice>) => void;
  setSound: (change: Partial<RoomSettings['sound']>) => void;
  setWriting: (change: Partial<RoomSettings['writing']>) => void;
}

export const DANMAKU_DEFAULTS: DanmakuChoice = {
  enabled: true,
  opacity: 1,
  speed: 1,
  size: 1,
  area: 0.75,
  density: 'normal',
  inStep: true,
};

/** What a viewer has chosen for every room, kept in this browser. */
export const useRoomSettings = create<RoomSettings>()(
  persist(
    (set) => ({
      danmaku: DANMAKU_DEFAULTS,
      sound: { volume: 1, muted: true },
      writing: { mode: 'scroll', color: '#ffffff', size: 'normal', flies: true },
      setDanmaku: (change) => {
        set((state) => ({ danmaku: { ...state.danmaku, ...change } }));
      },
      setSound: (change) => {
        set((state) => ({ sound: { ...state.sound, ...change } }));
      },
      setWriting: (change) => {
        set((state) => ({ writing: { ...state.writing, ...change } }));
      },
    }),
    {
      name: 'hubbub.room',
      version: 1,
      partialize: ({ danmaku, sound, writing }) => ({ danmaku, sound, writing }),
      // A field that a newer version has added keeps its default.
      merge: (kept, current) => {
        const saved = (kept ?? {}) as Partial<RoomSettings>;
        return {
          ...current,
          danmaku: { ...current.danmaku, ...saved.danmaku },
          sound: { ...current.sound, ...saved.sound },
          writing: { ...current.writing, ...saved.writing },
        };
      },
    },
  ),
);
