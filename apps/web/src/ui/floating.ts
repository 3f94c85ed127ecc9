/** How anything that floats comes and goes: from where it was opened, quickly. */
export const FLOATING =
  'origin-(--transform-origin) transition-[opacity,scale] duration-(--duration-fast) ease-soft data-starting-style:scale-96 data-starting-style:opacity-0 data-ending-style:scale-98 data-ending-style:opacity-0';

/** The ground of popovers and menus. */
export const PANEL = 'rounded-lg border border-hair bg-raised text-ink shadow-float outline-none';
