'use client';

import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './cx';
import { FLOATING, PANEL } from './floating';
import { usePortalContainer } from './portal-container';

/** A panel that belongs to its trigger (an IconButton or Button) and leaves the page usable. */
export function Popover(props: {
  trigger: ReactElement;
  /** Read out as the panel's name; shown where `showTitle`. */
  title: string;
  showTitle?: boolean | undefined;
  children: ReactNode;
  side?: 'top' | 'bottom' | undefined;
  align?: 'start' | 'center' | 'end' | undefined;
  open?: boolean | undefined;
  onOpenChange?: ((open: boolean) => void) | undefined;
  className?: string | undefined;
}) {
  const portal = usePortalContainer();
  return (
    <Base.Root
      {...(props.open === undefined ? {} : { open: props.open })}
      onOpenChange={(open) => {
        props.onOpenChange?.(open);
      }}
    >
      <Base.Trigger render={props.trigger} />
      <Base.Portal {...portal}>
        <Base.Positioner
          side={props.side ?? 'bottom'}
          align={props.align ?? 'center'}
          sideOffset={8}
          collisionPadding={8}
          className="z-30"
        >
          <Base.Popup
            className={cx(
              PANEL,
              FLOATING,
              'max-h-(--available-height) max-w-[calc(100vw-1rem)] overflow-y-auto p-4',
              props.className,
            )}
          >
            <Base.Title className={props.showTitle === true ? 'mb-3 text-lg' : 'sr-only'}>
              {props.title}
            </Base.Title>
            {props.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
