'use client';

import { SlidersHorizontal } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { IconButton } from '../../ui/icon-button';
import { Popover } from '../../ui/popover';
import { Slider } from '../../ui/slider';
import { Switch } from '../../ui/switch';
import { ChoiceRow } from '../choice-row';
import { DANMAKU_DEFAULTS, useRoomSettings } from '../settings';

const AREAS = [
  { value: 0.25, label: '¼' },
  { value: 0.5, label: '½' },
  { value: 0.75, label: '¾' },
  { value: 1, label: 'full' },
] as const;
const DENSITIES = ['sparse', 'normal', 'more', 'overlap'] as const;

/** How danmaku look for this viewer, in a panel that leaves the picture in sight. */
export function DanmakuSettingsButton(props: { onOpenChange: (open: boolean) => void }) {
  const t = useTranslations('room.danmaku');
  const [open, setOpen] = useState(false);
  return (
    <Popover
      trigger={
        <IconButton label={t('settings')} icon={<SlidersHorizontal size={20} aria-hidden />} />
      }
      title={t('settings')}
      showTitle
      side="top"
      align="end"
      className="w-80"
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        props.onOpenChange(next);
      }}
    >
      <DanmakuSettingsPanel />
    </Popover>
  );
}

function DanmakuSettingsPanel() {
  const t = useTranslations('room.danmaku');
  const locale = useLocale();
  const settings = useRoomSettings((state) => state.danmaku);
  const set = useRoomSettings((state) => state.setDanmaku);
  const percent = new Intl.NumberFormat(locale, { style: 'percent' });
  return (
    <div className="flex flex-col gap-2">
      <Switch
        label={t('show')}
        checked={settings.enabled}
        onChange={(enabled) => {
          set({ enabled });
        }}
      />
      <Slider
        label={t('opacity')}
        value={Math.round(settings.opacity * 100)}
        min={10}
        max={100}
        step={5}
        format={(value) => percent.format(value / 100)}
        onChange={(value) => {
          set({ opacity: value / 100 });
        }}
      />
      <Slider
        label={t('speed')}
        value={Math.round(settings.speed * 100)}
        min={50}
        max={200}
        step={10}
        format={(value) => `${(value / 100).toFixed(1)}×`}
        onChange={(value) => {
          set({ speed: value / 100 });
        }}
      />
      <Slider
        label={t('size')}
        value={Math.round(settings.size * 100)}
        min={50}
        max={200}
        step={10}
        format={(value) => percent.format(value / 100)}
        onChange={(value) => {
          set({ size: value / 100 });
        }}
      />
      <ChoiceRow
        label={t('area')}
        value={settings.area}
        options={AREAS.map(({ value, label }) => ({
          value,
          label: label === 'full' ? t('areaFull') : label,
          name: t('areaName', { percent: percent.format(value) }),
        }))}
        onChange={(area) => {
          set({ area });
        }}
      />
      <ChoiceRow
        label={t('density')}
        value={settings.density}
        options={DENSITIES.map((value) => ({ value, label: t(`densities.${value}`) }))}
        onChange={(density) => {
          set({ density });
        }}
      />
      <Switch
        label={t('inStep')}
        description={t('inStepHint')}
        checked={settings.inStep}
        onChange={(inStep) => {
          set({ inStep });
        }}
      />
      <Button
        size="sm"
        variant="ghost"
        className="self-end"
        onClick={() => {
          set(DANMAKU_DEFAULTS);
        }}
      >
        {t('reset')}
      </Button>
    </div>
  );
}
