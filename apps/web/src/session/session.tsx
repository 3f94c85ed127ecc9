'use client';

import type { SessionUser } from '@hubbub/protocol';
import dynamic from 'next/dynamic';
import { useRouter } from 'next/navigation';
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { api } from '../api/client';
import type { SignInReason, SignInView } from './sign-in-dialog';

const SignInDialog = dynamic(() => import('./sign-in-dialog').then((m) => m.SignInDialog));

interface SignInRequest {
  /** Said in the dialog, so that nobody wonders why it opened. */
  reason?: SignInReason | undefined;
  /** Which tab is open first; a guest's name asks the least. */
  view?: SignInView | undefined;
  /** Guests may not do what comes next: the guest tab is left out, and a guest is asked all the same. */
  accountOnly?: boolean | undefined;
}

interface SessionState {
  /** null: nobody is signed in. */
  user: SessionUser | null;
  signOut: () => Promise<void>;
  /** Asks the gateway again who is signed in: after a socket was closed because its session ended. */
  refresh: () => Promise<void>;
}

interface SignIn {
  /**
   * Resolves with who is signed in, at once where somebody is, else after the dialog; with null where it was closed
   * without signing in. `await` it before doing what needs a user.
   */
  requireUser: (request?: SignInRequest) => Promise<SessionUser | null>;
}

const Session = createContext<(SessionState & SignIn) | null>(null);

interface Pending {
  request: SignInRequest;
  resolve: (user: SessionUser | null) => void;
}

/** In the root layout once. `initialUser` undefined: the server could not find out, so the browser asks. */
export function SessionProvider(props: {
  initialUser: SessionUser | null | undefined;
  children: ReactNode;
}) {
  const router = useRouter();
  const [user, setUser] = useState<SessionUser | null>(props.initialUser ?? null);
  const [pending, setPending] = useState<Pending | null>(null);
  const [open, setOpen] = useState(false);
  const latestUser = useRef(user);
  useEffect(() => {
    latestUser.current = user;
  }, [user]);

  const unknown = props.initialUser === undefined;
  useEffect(() => {
    if (!unknown) return;
    const asking = new AbortController();
    api.me({ signal: asking.signal }).then(setUser, () => {
      // Still away: the pages say so, and a reload asks again.
    });
    return () => {
      asking.abort();
    };
  }, [unknown]);

  const requireUser = useCallback((request: SignInRequest = {}): Promise<SessionUser | null> => {
    const current = latestUser.current;
    const suffices =
      current !== null && !(request.accountOnly === true && current.role === 'guest');
    if (suffices) return Promise.resolve(current);
    return new Promise((resolve) => {
      setPending((earlier) => {
        earlier?.resolve(null);
        return { request, resolve };
      });
      setOpen(true);
    });
  }, []);

  const signOut = useCallback(async () => {
    await api.signOut();
    setUser(null);
    router.refresh();
  }, [router]);

  const refresh = useCallback(async () => {
    setUser(await api.me());
  }, []);

  const value = useMemo(
    () => ({ user, signOut, refresh, requireUser }),
    [user, signOut, refresh, requireUser],
  );

  return (
    <Session value={value}>
      {props.children}
      {pending !== null && (
        <SignInDialog
          open={open}
          reason={pending.request.reason}
          initialView={pending.request.view}
          accountOnly={pending.request.accountOnly === true}
          onDone={(signedIn) => {
            setOpen(false);
            if (signedIn !== null) {
              latestUser.current = signedIn;
              setUser(signedIn);
              router.refresh();
            }
            pending.resolve(signedIn);
          }}
        />
      )}
    </Session>
  );
}

function useSessionContext(): SessionState & SignIn {
  const value = useContext(Session);
  if (value === null) throw new Error('SessionProvider is missing above this component');
  return value;
}

/** Who is signed in. Its identity changes with sign-in and sign-out: reconnect where `user?.id` does. */
export function useSession(): SessionState {
  return useSessionContext();
}

/** Opens the sign-in dialog from anywhere. */
export function useSignIn(): SignIn {
  return useSessionContext();
}
