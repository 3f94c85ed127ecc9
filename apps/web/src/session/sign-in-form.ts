import { LIMITS } from '@hubbub/protocol/tables';
import type { ApiError, ApiErrorCode } from '../api/api-error';

/** The three ways to come in. */
export type SignInView = 'guest' | 'sign-in' | 'create';

type SignInField = 'name' | 'handle' | 'password';
export type SignInValues = Record<SignInField, string>;

/** Keys of `shell.fieldErrors`. */
type SignInProblem =
  | 'name'
  | 'nameMissing'
  | 'nameRejected'
  | 'nameTaken'
  | 'handle'
  | 'handleTaken'
  | 'password'
  | 'passwordMissing'
  | 'credentials';

export type SignInProblems = Partial<Record<SignInField, SignInProblem>>;

export const FIELDS_OF: Record<SignInView, SignInField[]> = {
  guest: ['name'],
  'sign-in': ['handle', 'password'],
  create: ['name', 'handle', 'password'],
};

const PASSWORD = { min: 8, max: 256 };

/** What can be seen to be wrong before the gateway is asked; it judges by the same rules. */
export function problemsOf(view: SignInView, values: SignInValues): SignInProblems {
  const problems: SignInProblems = {};
  for (const field of FIELDS_OF[view]) {
    const problem = problemOf(field, view, values[field]);
    if (problem !== null) problems[field] = problem;
  }
  return problems;
}

function problemOf(field: SignInField, view: SignInView, value: string): SignInProblem | null {
  switch (field) {
    case 'name': {
      const name = value.trim();
      if (name === '') return 'nameMissing';
      return name.length > LIMITS.nameCharsMax ? 'name' : null;
    }
    case 'handle':
      return /^[a-z0-9_]{3,24}$/.test(value) ? null : 'handle';
    case 'password':
      // An old password may be shorter than today's rule: whoever signs in is judged by the gateway.
      if (view === 'sign-in') return value === '' ? 'passwordMissing' : null;
      return value.length < PASSWORD.min || value.length > PASSWORD.max ? 'password' : null;
  }
}

/** What a refusal that names a field means there. */
const REFUSALS: Record<SignInField, Partial<Record<ApiErrorCode, SignInProblem>>> = {
  name: { conflict: 'nameTaken', rejected: 'nameRejected', invalid: 'name', too_long: 'name' },
  handle: { conflict: 'handleTaken', invalid: 'handle', too_long: 'handle' },
  password: { invalid: 'password', too_long: 'password' },
};

/** Where a refusal of the gateway belongs; null where it belongs to no field and is said for the whole form. */
export function problemOfRefusal(
  view: SignInView,
  error: Pick<ApiError, 'code' | 'field'>,
): SignInProblems | null {
  const field = FIELDS_OF[view].find((one) => one === error.field);
  if (error.code === 'unauthenticated') {
    return view === 'sign-in' ? { password: 'credentials' } : null;
  }
  if (field === undefined) return null;
  const problem = REFUSALS[field][error.code];
  return problem === undefined ? null : { [field]: problem };
}
