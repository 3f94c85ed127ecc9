'use client';

import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';
import { FLOATING } from './floating';
import { usePortalContainer } from './portal-container';

/** Says more about a control on hover and focus. Never the only place where something is said. */
export function Tooltip(props: {
  content: ReactNode;
  shortcut?: string | undefined;
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
  children: ReactElement;
}) {
  const portal = usePortalContainer();
  return (
    <Base.Root>
      <Base.Trigger render={props.children} delay={400} />
      <Base.Portal {...portal}>
        <Base.Positioner sideOffset={8} side={props.side ?? 'top'} className="z-50">
          <Base.Popup
            className={`${FLOATING} flex items-center gap-2 rounded-sm bg-ink px-2 py-1 text-xs text-canvas`}
          >
            {props.content}
            {props.shortcut !== undefined && (
              <kbd className="rounded-sm bg-canvas/20 px-1 font-mono">{props.shortcut}</kbd>
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
