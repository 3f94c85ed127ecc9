/**
 * The twelve colours of a danmaku. Each stands out from the outline that the renderer draws around it by at least 4.5 to 1,
 * so it is legible on any picture.
 */
export const DANMAKU_COLORS = [
  { name: 'white', value: '#ffffff' },
  { name: 'red', value: '#ff6b6b' },
  { name: 'orange', value: '#ff9f43' },
  { name: 'yellow', value: '#ffd93d' },
  { name: 'lime', value: '#b8e62e' },
  { name: 'green', value: '#4ade80' },
  { name: 'teal', value: '#2dd4bf' },
  { name: 'sky', value: '#5cc8ff' },
  { name: 'blue', value: '#82a8ff' },
  { name: 'violet', value: '#b794ff' },
  { name: 'pink', value: '#ff8ad8' },
  { name: 'rose', value: '#ff9aa8' },
] as const;
