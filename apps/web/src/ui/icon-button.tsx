'use client';

import type { ComponentPropsWithRef, ReactNode } from 'react';
import { cx } from './cx';
import { Tooltip } from './tooltip';

interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'children'> {
  /** Its accessible name, and what its tooltip says. */
  label: string;
  icon: ReactNode;
  /** A key that does the same, shown in the tooltip. */
  shortcut?: string | undefined;
  size?: 'sm' | 'md' | undefined;
  /** Where it is a toggle: whether it is on. */
  pressed?: boolean | undefined;
  tooltip?: boolean | undefined;
}

export function IconButton({
  label,
  icon,
  shortcut,
  size = 'md',
  pressed,
  tooltip = true,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  const button = (
    <button
      {...rest}
      type={type}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-md text-muted transition-[background-color,color,scale] duration-(--duration-fast) select-none',
        'hover:bg-hover hover:text-ink active:scale-95 disabled:opacity-40 disabled:active:scale-100 data-popup-open:bg-hover data-popup-open:text-ink',
        pressed === true && 'text-accent-ink',
        size === 'sm' ? 'size-8' : 'size-10',
        className,
      )}
    >
      {icon}
    </button>
  );
  if (!tooltip) return button;
  return (
    <Tooltip content={label} shortcut={shortcut}>
      {button}
    </Tooltip>
  );
}
