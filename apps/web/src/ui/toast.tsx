'use client';

import { Toast as Base } from '@base-ui/react/toast';
import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, type ReactNode } from 'react';

type ToastTone = 'info' | 'good' | 'danger';

const ICONS = { info: Info, good: CircleCheck, danger: CircleAlert };
const COLOURS = { info: 'text-muted', good: 'text-good', danger: 'text-danger' };

function toneOf(type: string | undefined): ToastTone {
  return type === 'good' || type === 'danger' ? type : 'info';
}

function Toasts() {
  const t = useTranslations('shell.common');
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => {
    const tone = toneOf(toast.type);
    const Icon = ICONS[tone];
    return (
      <Base.Root
        key={toast.id}
        toast={toast}
        swipeDirection={['up', 'right']}
        className="absolute top-0 right-0 left-0 w-full translate-x-(--toast-swipe-movement-x) translate-y-[calc(var(--toast-swipe-movement-y)+var(--toast-offset-y)+var(--toast-index)*0.5rem)] rounded-lg border border-hair bg-raised text-ink shadow-float transition-[translate,opacity] duration-(--duration-slow) ease-soft data-ending-style:opacity-0 data-limited:opacity-0 data-starting-style:-translate-y-4 data-starting-style:opacity-0"
      >
        <Base.Content className="flex items-start gap-3 p-4">
          <Icon size={20} aria-hidden className={`mt-0.5 shrink-0 ${COLOURS[tone]}`} />
          <div className="min-w-0 flex-1">
            <Base.Title className="text-base font-semibold" />
            <Base.Description className="text-sm text-muted" />
          </div>
          <Base.Close
            aria-label={t('close')}
            className="-m-1.5 inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            <X size={16} aria-hidden />
          </Base.Close>
        </Base.Content>
      </Base.Root>
    );
  });
}

/** Holds the toasts of the whole app, below the header, where no composer is; in the root layout once. */
export function ToastProvider(props: { children: ReactNode }) {
  return (
    <Base.Provider timeout={5000}>
      {props.children}
      <Base.Portal>
        <Base.Viewport className="fixed top-[calc(var(--header-height)+0.75rem)] right-4 left-4 z-50 sm:left-auto sm:w-80">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

/** Says something for five seconds. For what happened elsewhere than where the reader looks; a field's error stands at the field. */
export function useToast(): (
  title: string,
  options?: { description?: string; tone?: ToastTone },
) => void {
  const { add } = Base.useToastManager();
  return useMemo(
    () => (title, options) => {
      add({
        title,
        type: options?.tone ?? 'info',
        priority: options?.tone === 'danger' ? 'high' : 'low',
        ...(options?.description === undefined ? {} : { description: options.description }),
      });
    },
    [add],
  );
}
