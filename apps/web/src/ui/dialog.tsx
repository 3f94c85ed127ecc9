'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode, RefObject } from 'react';
import { cx } from './cx';
import { usePortalContainer } from './portal-container';

/** Modal; a sheet from the bottom on a phone, a card in the middle elsewhere. Escape, the scrim and ✕ close it. */
export function Dialog(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Below the content, at the right (full width on a phone). */
  footer?: ReactNode;
  size?: 'sm' | 'md' | undefined;
  initialFocus?: RefObject<HTMLElement | null> | undefined;
}) {
  const t = useTranslations('shell.common');
  const portal = usePortalContainer();
  return (
    <Base.Root
      open={props.open}
      onOpenChange={(open) => {
        props.onOpenChange(open);
      }}
    >
      <Base.Portal {...portal}>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-(--duration-normal) data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          {...(props.initialFocus === undefined ? {} : { initialFocus: props.initialFocus })}
          className={cx(
            'fixed z-40 flex max-h-[calc(100dvh-2rem)] flex-col border border-hair bg-raised text-ink shadow-float outline-none',
            'inset-x-0 bottom-0 rounded-t-lg transition-[opacity,translate,scale] duration-(--duration-normal) ease-soft',
            'data-starting-style:translate-y-4 data-starting-style:opacity-0 data-ending-style:translate-y-4 data-ending-style:opacity-0',
            'sm:inset-x-auto sm:top-[14dvh] sm:bottom-auto sm:left-1/2 sm:max-h-[80dvh] sm:-translate-x-1/2 sm:rounded-lg',
            props.size === 'sm' ? 'sm:w-96' : 'sm:w-[29rem]',
          )}
        >
          <div className="flex items-start gap-4 px-5 pt-5 pb-1 sm:px-6 sm:pt-6">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-xl">{props.title}</Base.Title>
              {props.description !== undefined && (
                <Base.Description className="mt-1 text-base text-muted">
                  {props.description}
                </Base.Description>
              )}
            </div>
            <Base.Close
              aria-label={t('close')}
              className="-mt-1.5 -mr-2 inline-flex size-10 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
            >
              <X size={20} aria-hidden />
            </Base.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-3 pb-5 sm:px-6 sm:pb-6">
            {props.children}
          </div>
          {props.footer !== undefined && (
            <div className="flex flex-col-reverse gap-2 border-t border-hair px-5 py-4 sm:flex-row sm:justify-end sm:px-6">
              {props.footer}
            </div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
