'use client';

import { createContext, useContext, type ReactNode } from 'react';

const Container = createContext<HTMLElement | null>(null);

/**
 * Where dialogs, menus, popovers and tooltips below are put. In fullscreen only the fullscreen element is painted: what
 * would float in `body` is invisible there, so whoever goes fullscreen gives its element here.
 */
export function PortalContainer(props: { element: HTMLElement | null; children: ReactNode }) {
  return <Container value={props.element}>{props.children}</Container>;
}

export function usePortalContainer(): { container?: HTMLElement } {
  const container = useContext(Container);
  return container === null ? {} : { container };
}
