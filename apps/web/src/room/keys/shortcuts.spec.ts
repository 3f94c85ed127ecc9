import { shortcutOf, type ShortcutAction } from './shortcuts';

function press(on: Element, key: string, init: KeyboardEventInit = {}): ShortcutAction | null {
  let action: ShortcutAction | null = null;
  const listen = (event: KeyboardEvent): void => {
    action = shortcutOf(event);
  };
  document.addEventListener('keydown', listen);
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...init }));
  document.removeEventListener('keydown', listen);
  return action;
}

function put(html: string): Element {
  document.body.innerHTML = html;
  const element = document.body.querySelector('[data-here]') ?? document.body.firstElementChild;
  if (element === null) throw new Error('nothing was put');
  return element;
}

describe('keys of the room', () => {
  it.each([
    [' ', 'play'],
    ['m', 'mute'],
    ['F', 'fullscreen'],
    ['d', 'danmaku'],
    ['c', 'write'],
    ['Enter', 'write'],
    ['End', 'latest'],
    ['?', 'help'],
    ['x', null],
  ])('%j asks for %s', (key, action) => {
    expect(press(put('<main></main>'), key)).toBe(action);
  });

  it.each([
    '<input />',
    '<textarea></textarea>',
    '<div contenteditable="true"><b data-here>x</b></div>',
    '<select></select>',
  ])('are off while typing in %s', (html) => {
    for (const key of [' ', 'm', 'd', 'c', 'Enter', '?', 'End']) {
      expect(press(put(html), key)).toBeNull();
    }
  });

  it('are off in a dialog and a menu', () => {
    expect(press(put('<div role="dialog"><p data-here></p></div>'), 'd')).toBeNull();
    expect(press(put('<div role="menu"><p data-here></p></div>'), 'm')).toBeNull();
  });

  it('leave Space and Enter to the button that has the focus, and no other key', () => {
    const button = put('<button><i data-here></i></button>');
    expect(press(button, ' ')).toBeNull();
    expect(press(button, 'Enter')).toBeNull();
    expect(press(button, 'd')).toBe('danmaku');
  });

  it('are off with a modifier, while composing and when held down', () => {
    const main = put('<main></main>');
    expect(press(main, 'c', { ctrlKey: true })).toBeNull();
    expect(press(main, 'f', { metaKey: true })).toBeNull();
    expect(press(main, 'd', { altKey: true })).toBeNull();
    expect(press(main, 'd', { isComposing: true })).toBeNull();
    expect(press(main, 'd', { repeat: true })).toBeNull();
  });
});
