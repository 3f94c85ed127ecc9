const room = (slug: string): string => `/api/rooms/${encodeURIComponent(slug)}`;

export const membersPath = (slug: string): string => `${room(slug)}/members`;
export const memberPath = (slug: string, userId: string): string =>
  `${membersPath(slug)}/${encodeURIComponent(userId)}`;
export const mutesPath = (slug: string): string => `${room(slug)}/mutes`;
