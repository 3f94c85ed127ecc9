'use client';

import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx';
import { FLOATING, PANEL } from './floating';
import { usePortalContainer } from './portal-container';

const ITEM =
  'flex min-h-10 cursor-default items-center gap-3 rounded-md px-3 text-base text-ink outline-none select-none data-highlighted:bg-hover data-disabled:opacity-50';

/** A list of things to do. Children are MenuItem, MenuRadioGroup, MenuSeparator, MenuHeader. */
export function Menu(props: {
  trigger?: ReactElement | undefined;
  children: ReactNode;
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
  align?: 'start' | 'center' | 'end' | undefined;
  open?: boolean | undefined;
  onOpenChange?: ((open: boolean) => void) | undefined;
  /** Where it opens if not at its trigger: an element, or a point such as a right click's. */
  anchor?: Element | { getBoundingClientRect: () => DOMRect } | null | undefined;
  className?: string | undefined;
}) {
  const portal = usePortalContainer();
  return (
    <Base.Root
      modal={false}
      {...(props.open === undefined ? {} : { open: props.open })}
      onOpenChange={(open) => {
        props.onOpenChange?.(open);
      }}
    >
      {props.trigger !== undefined && <Base.Trigger render={props.trigger} />}
      <Base.Portal {...portal}>
        <Base.Positioner
          side={props.side ?? 'bottom'}
          align={props.align ?? 'end'}
          sideOffset={8}
          collisionPadding={8}
          {...(props.anchor === undefined ? {} : { anchor: props.anchor })}
          className="z-50 outline-none"
        >
          <Base.Popup
            className={cx(
              PANEL,
              FLOATING,
              'max-h-(--available-height) min-w-52 overflow-y-auto p-1.5',
              props.className,
            )}
          >
            {props.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem(props: {
  icon?: ReactNode;
  children: ReactNode;
  onSelect: () => void;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  shortcut?: string | undefined;
}) {
  return (
    <Base.Item
      disabled={props.disabled ?? false}
      onClick={props.onSelect}
      className={cx(ITEM, props.danger === true && 'text-danger')}
    >
      {props.icon !== undefined && (
        <span aria-hidden className={cx('inline-flex', props.danger !== true && 'text-muted')}>
          {props.icon}
        </span>
      )}
      <span className="flex-1">{props.children}</span>
      {props.shortcut !== undefined && (
        <kbd className="font-mono text-xs text-faint">{props.shortcut}</kbd>
      )}
    </Base.Item>
  );
}

export function MenuRadioGroup<Value extends string>(props: {
  label: string;
  value: Value;
  options: { value: Value; label: string; icon?: ReactNode; lang?: string }[];
  onChange: (value: Value) => void;
}) {
  return (
    <Base.RadioGroup
      value={props.value}
      onValueChange={(value) => {
        const option = props.options.find((o) => o.value === value);
        if (option !== undefined) props.onChange(option.value);
      }}
    >
      <Base.Group>
        <Base.GroupLabel className="px-3 pt-2 pb-1 text-xs font-semibold text-faint">
          {props.label}
        </Base.GroupLabel>
        {props.options.map((option) => (
          <Base.RadioItem
            key={option.value}
            value={option.value}
            closeOnClick
            className={ITEM}
            {...(option.lang === undefined ? {} : { lang: option.lang })}
          >
            {option.icon !== undefined && (
              <span aria-hidden className="inline-flex text-muted">
                {option.icon}
              </span>
            )}
            <span className="flex-1">{option.label}</span>
            <Base.RadioItemIndicator className="text-accent-ink">
              <Check size={16} aria-hidden />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.Group>
    </Base.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="mx-3 my-1.5 h-px bg-hair" />;
}

/** Text in a menu that is not a choice: who is signed in, whose message this is. */
export function MenuHeader(props: { children: ReactNode }) {
  return <div className="px-3 pt-2 pb-2">{props.children}</div>;
}
