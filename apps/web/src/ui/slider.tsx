'use client';

import { Slider as Base } from '@base-ui/react/slider';

/** One value on a line, with its label and, in words, what it is now. */
export function Slider(props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
  /** The value as it is read: "60 %", "¾ of the screen". */
  format?: ((value: number) => string) | undefined;
  /** Leaves the label to screen readers. */
  hideLabel?: boolean | undefined;
}) {
  const format = props.format ?? String;
  return (
    <Base.Root
      value={props.value}
      min={props.min}
      max={props.max}
      step={props.step}
      onValueChange={(value) => {
        props.onChange(value);
      }}
      className="grid w-full grid-cols-[1fr_auto] items-center gap-x-3"
    >
      <Base.Label className={props.hideLabel === true ? 'sr-only' : 'text-sm text-muted'}>
        {props.label}
      </Base.Label>
      {props.hideLabel !== true && (
        <span aria-hidden className="tabular text-sm text-ink">
          {format(props.value)}
        </span>
      )}
      <Base.Control className="col-span-2 flex touch-none items-center py-3 select-none">
        <Base.Track className="h-1 w-full rounded-full bg-edge/60">
          <Base.Indicator className="rounded-full bg-accent" />
          <Base.Thumb
            getAriaValueText={(_, value) => format(value)}
            className="size-4 rounded-full border-2 border-raised bg-accent shadow-[0_0_0_1px_var(--edge)] outline-offset-2 has-focus-visible:outline-2 has-focus-visible:outline-focus"
          />
        </Base.Track>
      </Base.Control>
    </Base.Root>
  );
}
