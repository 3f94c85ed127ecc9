import { LIMITS } from '@hubbub/protocol/tables';
import type { ApiError, ApiErrorCode } from '../api/api-error';
import { isSlug } from './suggest-slug';

export type RoomField = 'title' | 'slug' | 'streamUrl';
/** Keys of `shell.fieldErrors`. */
type RoomProblem = 'title' | 'slug' | 'slugTaken' | 'streamUrl';
export type RoomProblems = Partial<Record<RoomField, RoomProblem>>;

/** What can be seen to be wrong before the gateway is asked. */
export function problemsOf(values: Record<RoomField, string>): RoomProblems {
  const problems: RoomProblems = {};
  const title = values.title.trim();
  if (title === '' || title.length > LIMITS.titleCharsMax) problems.title = 'title';
  // Without a title the address is empty because of that, and one message says enough.
  else if (!isSlug(values.slug)) problems.slug = 'slug';
  if (!isStreamUrl(values.streamUrl.trim())) problems.streamUrl = 'streamUrl';
  return problems;
}

function isStreamUrl(value: string): boolean {
  if (value === '') return true;
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

const FIELDS: RoomField[] = ['title', 'slug', 'streamUrl'];
const NOT_ACCEPTED: ReadonlySet<ApiErrorCode> = new Set(['invalid', 'too_long', 'rejected']);

/** Where a refusal of the gateway belongs; null where it is said for the whole form. */
export function problemOfRefusal(error: Pick<ApiError, 'code' | 'field'>): RoomProblems | null {
  if (error.code === 'conflict') return { slug: 'slugTaken' };
  const field = FIELDS.find((one) => one === error.field);
  return field !== undefined && NOT_ACCEPTED.has(error.code) ? { [field]: field } : null;
}
