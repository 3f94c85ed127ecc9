'use client';

import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { useId, type ReactNode } from 'react';

/** One of a few, each with a word of explanation. */
export function RadioCards<Value extends string>(props: {
  label: string;
  name: string;
  value: Value;
  options: { value: Value; label: string; description: string; icon?: ReactNode }[];
  onChange: (value: Value) => void;
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <span id={id} className="text-sm font-semibold text-ink">
        {props.label}
      </span>
      <RadioGroup
        name={props.name}
        aria-labelledby={id}
        value={props.value}
        onValueChange={(value) => {
          const option = props.options.find((one) => one.value === value);
          if (option !== undefined) props.onChange(option.value);
        }}
        className="grid gap-2 sm:grid-cols-3"
      >
        {props.options.map((option) => (
          <label
            key={option.value}
            className="flex cursor-pointer items-start gap-3 rounded-md border border-hair p-3 transition-colors duration-(--duration-fast) hover:border-edge has-data-checked:border-focus has-data-checked:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus sm:flex-col sm:gap-2"
          >
            <Radio.Root
              value={option.value}
              className="mt-0.5 inline-flex size-5 shrink-0 items-center justify-center rounded-full border border-edge bg-sunken outline-none data-checked:border-accent data-checked:bg-accent"
            >
              <Radio.Indicator className="size-2 rounded-full bg-on-accent" />
            </Radio.Root>
            <span>
              <span className="block text-base font-semibold text-ink">{option.label}</span>
              <span className="block text-sm text-muted">{option.description}</span>
            </span>
          </label>
        ))}
      </RadioGroup>
    </div>
  );
}
