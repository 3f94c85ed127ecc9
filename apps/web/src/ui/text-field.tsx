'use client';

import { Field } from '@base-ui/react/field';
import type { ComponentPropsWithRef, ReactNode } from 'react';
import { cx } from './cx';

interface TextFieldProps extends Omit<
  ComponentPropsWithRef<'input'>,
  'onChange' | 'value' | 'name' | 'prefix' | 'defaultValue'
> {
  label: string;
  name: string;
  value: string;
  onChange: (value: string) => void;
  /** Below the field while there is no error. */
  hint?: ReactNode;
  /** What is wrong, said in words; marks the field. */
  error?: string | undefined;
  /** Inside, before the text: "/r/". */
  prefix?: ReactNode;
  /** Inside, after the text: a counter, a button. */
  suffix?: ReactNode;
}

/** A line of text with its label above, and below it either a hint or what is wrong. */
export function TextField({
  label,
  name,
  value,
  onChange,
  hint,
  error,
  prefix,
  suffix,
  className,
  ...input
}: TextFieldProps) {
  const invalid = error !== undefined;
  return (
    <Field.Root name={name} invalid={invalid} className={cx('flex flex-col gap-1.5', className)}>
      <Field.Label className="text-sm font-semibold text-ink">{label}</Field.Label>
      <span
        className={cx(
          'flex h-11 items-center rounded-md border bg-sunken transition-colors duration-(--duration-fast) focus-within:outline-1',
          invalid
            ? 'border-danger focus-within:outline-danger'
            : 'border-edge focus-within:border-focus focus-within:outline-focus hover:border-muted',
        )}
      >
        {prefix !== undefined && (
          <span className="pl-3 text-base whitespace-nowrap text-faint select-none">{prefix}</span>
        )}
        <Field.Control
          {...input}
          value={value}
          onValueChange={onChange}
          className={cx(
            'h-full min-w-0 flex-1 rounded-md bg-transparent pr-3 text-[1rem] text-ink outline-none sm:text-base',
            prefix === undefined ? 'pl-3' : 'pl-0.5',
          )}
        />
        {suffix !== undefined && <span className="tabular pr-3 text-xs text-faint">{suffix}</span>}
      </span>
      {invalid ? (
        <Field.Error match className="text-sm text-danger">
          {error}
        </Field.Error>
      ) : (
        hint !== undefined && (
          <Field.Description className="text-sm text-muted">{hint}</Field.Description>
        )
      )}
    </Field.Root>
  );
}
