import { useRef, type KeyboardEvent } from 'react';

export interface EnterHandlers {
  onKeyDown: (event: KeyboardEvent) => void;
  onCompositionStart: () => void;
  onCompositionEnd: () => void;
}

/**
 * Enter sends; the Enter that ends an input method's composition does not. Safari tells of that Enter after the composition
 * has ended, in the same turn.
 */
export function useEnter(submit: () => void): EnterHandlers {
  const composing = useRef(false);
  return {
    onKeyDown: (event) => {
      if (event.key !== 'Enter' || event.shiftKey) return;
      if (composing.current || event.nativeEvent.isComposing) return;
      event.preventDefault();
      if (!event.repeat) submit();
    },
    onCompositionStart: () => {
      composing.current = true;
    },
    onCompositionEnd: () => {
      setTimeout(() => {
        composing.current = false;
      });
    },
  };
}
