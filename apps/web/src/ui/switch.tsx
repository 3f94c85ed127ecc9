'use client';

import { Switch as Base } from '@base-ui/react/switch';

/** On or off, at once. */
export function Switch(props: {
  label: string;
  description?: string | undefined;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean | undefined;
}) {
  return (
    <label className="flex min-h-10 cursor-pointer items-center gap-4">
      <span className="min-w-0 flex-1">
        <span className="block text-base text-ink">{props.label}</span>
        {props.description !== undefined && (
          <span className="block text-sm text-muted">{props.description}</span>
        )}
      </span>
      <Base.Root
        checked={props.checked}
        disabled={props.disabled ?? false}
        onCheckedChange={props.onChange}
        className="inline-flex h-6 w-11 shrink-0 items-center rounded-full border border-edge bg-sunken p-0.5 transition-colors duration-(--duration-fast) data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <Base.Thumb className="size-4.5 rounded-full bg-muted transition-[translate,background-color] duration-(--duration-normal) ease-soft data-checked:translate-x-5 data-checked:bg-on-accent" />
      </Base.Root>
    </label>
  );
}
