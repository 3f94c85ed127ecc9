'use client';

import { useId, type ReactNode } from 'react';
import { cx } from '../ui/cx';

interface Choice<Value> {
  value: Value;
  label: ReactNode;
  /** What is read out where the label alone does not say it. */
  name?: string;
}

/** One of a few, side by side. */
export function ChoiceRow<Value extends string | number>(props: {
  label: string;
  value: Value;
  options: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="py-1">
      <legend className="mb-1 text-sm text-muted">{props.label}</legend>
      <div className="flex rounded-md bg-sunken p-1">
        {props.options.map((option) => (
          <label
            key={option.value}
            className={cx(
              'flex min-h-8 flex-1 cursor-pointer items-center justify-center rounded-sm px-2 text-sm font-semibold whitespace-nowrap transition-colors duration-(--duration-fast) has-focus-visible:outline-2 has-focus-visible:outline-focus',
              option.value === props.value
                ? 'bg-raised text-ink shadow-[0_0_0_1px_var(--hair)]'
                : 'text-muted hover:text-ink',
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={option.value === props.value}
              aria-label={option.name}
              onChange={() => {
                props.onChange(option.value);
              }}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
