export const SHORTCUTS = [
  { action: 'play', keys: ['Space'] },
  { action: 'mute', keys: ['M'] },
  { action: 'fullscreen', keys: ['F'] },
  { action: 'danmaku', keys: ['D'] },
  { action: 'write', keys: ['C', 'Enter'] },
  { action: 'latest', keys: ['End'] },
  { action: 'help', keys: ['?'] },
] as const;

export type ShortcutAction = (typeof SHORTCUTS)[number]['action'];

type PressedKey = Pick<
  KeyboardEvent,
  | 'key'
  | 'ctrlKey'
  | 'metaKey'
  | 'altKey'
  | 'isComposing'
  | 'defaultPrevented'
  | 'repeat'
  | 'target'
>;

const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable="true"]';
const PRESSABLE = 'button, a[href], summary, [role="button"], [role="switch"], [role="tab"]';
const CAPTURING = '[role="dialog"], [role="menu"], [role="listbox"], [role="slider"]';

/**
 * What a key asks for, or null: while somebody types, with a modifier, or where the focused control has a use of its own for
 * the key, it asks for nothing.
 */
export function shortcutOf(event: PressedKey): ShortcutAction | null {
  if (event.defaultPrevented || event.isComposing || event.repeat) return null;
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target !== null && target.closest(`${TYPING}, ${CAPTURING}`) !== null) return null;
  const onControl = target !== null && target.closest(PRESSABLE) !== null;
  switch (event.key) {
    case ' ':
      return onControl ? null : 'play';
    case 'Enter':
      return onControl ? null : 'write';
    case 'End':
      return 'latest';
    case '?':
      return 'help';
    default:
      return letter(event.key.toLowerCase());
  }
}

function letter(key: string): ShortcutAction | null {
  switch (key) {
    case 'm':
      return 'mute';
    case 'f':
      return 'fullscreen';
    case 'd':
      return 'danmaku';
    case 'c':
      return 'write';
    default:
      return null;
  }
}
