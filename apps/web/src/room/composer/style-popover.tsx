'use client';

import { Type } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '../../ui/cx';
import { IconButton } from '../../ui/icon-button';
import { Popover } from '../../ui/popover';
import { Switch } from '../../ui/switch';
import { ChoiceRow } from '../choice-row';
import { useRoomSettings } from '../settings';
import { DANMAKU_COLORS } from './colors';

const MODES = ['scroll', 'top', 'bottom'] as const;
const SIZES = ['small', 'normal', 'large'] as const;

/** How the next message flies over the picture, or that it stays in the list. */
export function StylePopover() {
  const t = useTranslations('room.writing');
  const writing = useRoomSettings((state) => state.writing);
  const set = useRoomSettings((state) => state.setWriting);
  return (
    <Popover
      trigger={
        <IconButton
          label={t('label')}
          icon={
            <span className="relative inline-flex">
              <Type size={20} aria-hidden />
              {writing.flies && (
                <span
                  aria-hidden
                  style={{ backgroundColor: writing.color }}
                  className="absolute -right-1 -bottom-1 size-2.5 rounded-full shadow-[0_0_0_1px_var(--edge)]"
                />
              )}
            </span>
          }
        />
      }
      title={t('label')}
      side="top"
      align="start"
      className="w-76"
    >
      <div className="flex flex-col gap-2">
        <Switch
          label={t('flies')}
          description={t('fliesHint')}
          checked={writing.flies}
          onChange={(flies) => {
            set({ flies });
          }}
        />
        <div
          className={cx('flex flex-col gap-2', !writing.flies && 'opacity-50')}
          inert={!writing.flies}
        >
          <ChoiceRow
            label={t('mode')}
            value={writing.mode}
            options={MODES.map((value) => ({ value, label: t(`modes.${value}`) }))}
            onChange={(mode) => {
              set({ mode });
            }}
          />
          <ChoiceRow
            label={t('size')}
            value={writing.size}
            options={SIZES.map((value) => ({ value, label: t(`sizes.${value}`) }))}
            onChange={(size) => {
              set({ size });
            }}
          />
          <ColorChoice
            value={writing.color}
            onChange={(color) => {
              set({ color });
            }}
          />
        </div>
      </div>
    </Popover>
  );
}

function ColorChoice(props: { value: string; onChange: (color: string) => void }) {
  const t = useTranslations('room.writing');
  return (
    <fieldset className="py-1">
      <legend className="mb-2 text-sm text-muted">{t('color')}</legend>
      <div data-theme="dark" className="grid grid-cols-6 gap-1 rounded-md bg-canvas p-2">
        {DANMAKU_COLORS.map(({ name, value }) => (
          <label
            key={value}
            title={t(`colors.${name}`)}
            className={cx(
              'inline-flex size-9 cursor-pointer items-center justify-center rounded-md has-focus-visible:outline-2 has-focus-visible:outline-focus',
              value === props.value && 'bg-pressed shadow-[0_0_0_1px_var(--edge)]',
            )}
          >
            <input
              type="radio"
              name="danmaku-color"
              className="sr-only"
              checked={value === props.value}
              aria-label={t(`colors.${name}`)}
              onChange={() => {
                props.onChange(value);
              }}
            />
            <span aria-hidden className="size-5 rounded-full" style={{ backgroundColor: value }} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
