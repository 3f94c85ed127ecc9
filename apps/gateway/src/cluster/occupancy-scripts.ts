import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { CHANGES, CLOCK, HOLD_MS, PREFIX, SETTLING_KEY } from './occupancy-changes';

/** A lease that was not renewed for this long is over. */
const LEASE_MS = 2_500;
/** Redis has not been spoken to for this long: it was away, and whoever lives has to get the time to say so. */
const SILENCE_MS = 1_500;
const TRANSITIONS_A_CALL = 200;

/** Total subscriptions by channel. */
export const channelsKey = (app: string) => `${PREFIX}channels:${app}`;
const placeName = (app: string, channel: string) =>
  `${String(Buffer.byteLength(app))}:${String(Buffer.byteLength(channel))}:${app}${channel}`;
/** Total connections by user. */
export const membersKey = (app: string, channel: string) =>
  `${PREFIX}members:${placeName(app, channel)}`;
/** Info by user; empty where there is none. */
export const infoKey = (app: string, channel: string) => `${PREFIX}info:${placeName(app, channel)}`;
/** Version of the roster by channel. */
export const versionsKey = (app: string) => `${PREFIX}versions:${app}`;

interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Runs a script, which Redis gets to know with its first run. */
export async function runScript(
  redis: Redis,
  { text, sha }: Script,
  args: (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, 0, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(text, 0, ...args);
  }
}

/** ARGV: incarnation, birth if there is none yet, birth that the gateway knows or nothing. Returns the birth. */
export const REGISTER = script(`${CLOCK}
redis.call('SET', P .. 'birth', ARGV[2], 'NX')
local birth = redis.call('GET', P .. 'birth')
if ARGV[3] ~= '' and ARGV[3] ~= birth then redis.call('SET', '${SETTLING_KEY}', '1', 'PX', ${String(HOLD_MS)}) end
redis.call('HSET', P .. 'turns', ARGV[1], 0)
redis.call('ZADD', P .. 'leases', now, ARGV[1])
return birth
`);

/**
 * ARGV: incarnation, this turn, its last turn that Redis has confirmed, 'quiet' or 'loud', how many apps follow, each with 1 if its
 * transitions are kept; then for each seat: app, channel, who, info, count, and the limits (with spaces between) of those who
 * want to be one more. Returns for each seat a string of 1 and 0 for each limit: whether that one was let in. Nothing, where the
 * incarnation is refused as in BEAT, or the turn comes late.
 */
export const APPLY = script(`${CHANGES}
local incarnation, turn, confirmed = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local last = tonumber(redis.call('HGET', P .. 'turns', incarnation) or -1)
if last < confirmed or turn <= last then return false end
redis.call('HSET', P .. 'turns', incarnation, turn)
redis.call('ZADD', P .. 'leases', now, incarnation)

local share = P .. 'share:' .. incarnation
local options = { due = now + ${String(HOLD_MS)}, quiet = ARGV[4] == 'quiet' }
local first = 6 + 2 * ARGV[5]
for i = 6, first - 1, 2 do keep(incarnation, ARGV[i], ARGV[i + 1] == '1') end

local function fits(seat, limit)
  if seat.who == '' then
    return tonumber(redis.call('HGET', P .. 'channels:' .. seat.app, seat.channel) or 0) < limit
  end
  local members = P .. 'members:' .. seat.place
  return redis.call('HLEN', members) < limit or redis.call('HEXISTS', members, string.sub(seat.who, 2)) == 1
end

local answers = {}
for i = first, #ARGV, 6 do
  local seat, count = seatOf(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]), tonumber(ARGV[i + 4])
  change(share, seat, count, options)
  local answer = ''
  for limit in string.gmatch(ARGV[i + 5], '%d+') do
    local isIn = fits(seat, tonumber(limit))
    if isIn then
      count = count + 1
      change(share, seat, count, options)
    end
    answer = answer .. (isIn and '1' or '0')
  end
  answers[#answers + 1] = answer
end
tellCounts()
return answers
`);

/**
 * ARGV: incarnation, its last turn that Redis has confirmed. Renews its lease, takes apart what is over, and tells what is due.
 * Returns 1 while there is more to do, or 0, and how many transitions there are to consume. Does nothing and returns nothing when the
 * incarnation was taken apart or Redis has lost what it had confirmed (a restart from an older snapshot, a fail-over).
 */
export const BEAT = script(`${CHANGES}
local turn = redis.call('HGET', P .. 'turns', ARGV[1])
if not turn or tonumber(turn) < tonumber(ARGV[2]) then return false end
redis.call('ZADD', P .. 'leases', now, ARGV[1])
local isMore = 0
local swept = redis.call('GET', P .. 'swept')
redis.call('SET', P .. 'swept', now)
if not swept or now - swept > ${String(SILENCE_MS)} then redis.call('SET', P .. 'mercy', '1', 'PX', ${String(LEASE_MS)}) end
if redis.call('EXISTS', P .. 'mercy') == 0 then
  local over = redis.call('ZRANGEBYSCORE', P .. 'leases', '-inf', now - ${String(LEASE_MS)}, 'WITHSCORES', 'LIMIT', 0, 1)
  if over[1] then
    takeApart(over[1], over[2] + ${String(HOLD_MS)})
    isMore = 1
  end
end
local due = redis.call('ZRANGEBYSCORE', HELD, '-inf', now, 'WITHSCORES', 'LIMIT', 0, ${String(TRANSITIONS_A_CALL)})
for i = 1, #due, 2 do
  redis.call('ZREM', HELD, due[i])
  tellHeld(string.sub(due[i], 1, 1), string.sub(due[i], 2), due[i + 1] - ${String(HOLD_MS)})
end
local changed = redis.call('ZRANGEBYSCORE', RECOUNT, '-inf', now, 'LIMIT', 0, ${String(TRANSITIONS_A_CALL)})
for _, place in ipairs(changed) do
  redis.call('ZREM', RECOUNT, place)
  local app, channel = parts(place)
  local total = tonumber(redis.call('HGET', P .. 'channels:' .. app, channel) or 0)
  tellCount({ app = app, channel = channel }, total)
  if isKept(app, channel) then
    tell({ kind = 'subscription_count', app = app, channel = channel, subscriptions = total, at = now })
  end
end
if #due == ${String(2 * TRANSITIONS_A_CALL)} or #changed == ${String(TRANSITIONS_A_CALL)} then isMore = 1 end
return { isMore, redis.call('XLEN', P .. 'transitions') }
`);

/** ARGV: incarnation. Takes it apart as if everybody left now. Returns 1 while there is more to do. */
export const RESIGN = script(`${CHANGES}
return takeApart(ARGV[1], now + ${String(HOLD_MS)}) and 0 or 1
`);

/**
 * ARGV: consumer, how long it is the only one, in ms. Returns the birth and the oldest transitions, as XRANGE does; nothing while
 * there is another consumer.
 */
export const PEEK = script(`
local P = '${PREFIX}'
local consumer = redis.call('GET', P .. 'consumer')
if consumer and consumer ~= ARGV[1] then return false end
redis.call('SET', P .. 'consumer', ARGV[1], 'PX', ARGV[2])
return { redis.call('GET', P .. 'birth') or '', redis.call('XRANGE', P .. 'transitions', '-', '+', 'COUNT', ${String(TRANSITIONS_A_CALL)}) }
`);

/** ARGV: consumer, birth, entries of the stream. They are handled. */
export const DONE = script(`
local P = '${PREFIX}'
if redis.call('GET', P .. 'consumer') ~= ARGV[1] or redis.call('GET', P .. 'birth') ~= ARGV[2] then return 0 end
for i = 3, #ARGV do redis.call('XDEL', P .. 'transitions', ARGV[i]) end
return 1
`);

/** ARGV: consumer, how long it goes on being the only one, in ms; 0 ends it. */
export const RENEW = script(`
local P = '${PREFIX}'
if redis.call('GET', P .. 'consumer') ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', P .. 'consumer') else redis.call('PEXPIRE', P .. 'consumer', ARGV[2]) end
return 1
`);
