'use client';

import type { ComponentPropsWithRef, ReactNode } from 'react';
import { buttonClasses, type ButtonSize, type ButtonVariant } from './button-classes';
import { cx } from './cx';
import { Spinner } from './spinner';

interface ButtonProps extends ComponentPropsWithRef<'button'> {
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  /** Shows a spinner in place of the label, keeps the width and swallows presses. */
  loading?: boolean | undefined;
  /** Set before the label. */
  icon?: ReactNode;
}

export function Button({
  variant = 'secondary',
  size = 'md',
  loading = false,
  icon,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-busy={loading || undefined}
      aria-disabled={loading || undefined}
      onClick={(event) => {
        if (loading) event.preventDefault();
        else onClick?.(event);
      }}
      className={cx(buttonClasses(variant, size), className)}
    >
      <span className={cx('contents', loading && '[&>*]:invisible')}>
        {icon !== undefined && <span className="-ml-0.5 inline-flex">{icon}</span>}
        <span className="inline-flex items-center gap-2">{children}</span>
      </span>
      {loading && <Spinner className="absolute" />}
    </button>
  );
}
