'use client';

import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { cx } from './cx';

/** A few views in one place. `segmented` fills the width and looks like a choice; `underline` heads a panel. */
export function Tabs<Value extends string>(props: {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  tabs: { value: Value; label: ReactNode; panel: ReactNode }[];
  variant?: 'segmented' | 'underline' | undefined;
  className?: string | undefined;
  panelClassName?: string | undefined;
}) {
  const segmented = (props.variant ?? 'segmented') === 'segmented';
  return (
    <Base.Root
      value={props.value}
      onValueChange={(value: unknown) => {
        const tab = props.tabs.find((one) => one.value === value);
        if (tab !== undefined) props.onChange(tab.value);
      }}
      className={props.className}
    >
      <Base.List
        aria-label={props.label}
        className={cx(
          'relative z-0 flex',
          segmented ? 'rounded-md bg-sunken p-1' : 'gap-5 border-b border-hair',
        )}
      >
        {props.tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className={cx(
              'text-sm font-semibold whitespace-nowrap text-muted transition-colors duration-(--duration-fast) hover:text-ink data-active:text-ink',
              segmented ? 'h-9 flex-1 rounded-sm px-2' : 'h-10',
            )}
          >
            {tab.label}
          </Base.Tab>
        ))}
        <Base.Indicator
          className={cx(
            'absolute left-0 -z-1 w-(--active-tab-width) translate-x-(--active-tab-left) transition-[translate,width] duration-(--duration-normal) ease-soft',
            segmented
              ? 'top-1 h-9 rounded-sm bg-raised shadow-[0_0_0_1px_var(--hair)]'
              : '-bottom-px h-0.5 bg-accent',
          )}
        />
      </Base.List>
      {props.tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className={props.panelClassName}>
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
