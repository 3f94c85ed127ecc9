import { channelTopic } from './occupancy';

/** How long a leave is held back from the webhooks. */
export const HOLD_MS = 3_000;
/** `subscription_count` is told once in this time, by channel. */
export const RECOUNT_MS = 1_000;
/** How many transitions wait for a consumer at most. */
export const QUEUED_TRANSITIONS = 200_000;
/** Seats in one call: at 6 to 35 µs each, no script holds Redis for more than about 5 ms. */
export const SEATS_A_CALL = 150;

export const PREFIX = 'hubbub:occupancy:';
/** Is there while a Redis that came back empty is being told who is there. */
export const SETTLING_KEY = `${PREFIX}settling`;

export const CLOCK = `
local P = '${PREFIX}'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * What all scripts that change seats have in common. A seat is { app, channel, who }: `who` is empty in a channel without members,
 * else ':' and the user. Its name is the three, with the lengths of the first two, so that it can be taken apart again.
 */
export const CHANGES = `${CLOCK}
local HELD, RECOUNT = P .. 'held', P .. 'recount'
local settling = redis.call('EXISTS', '${SETTLING_KEY}') == 1

local function name(app, channel, who)
  return #app .. ':' .. #channel .. ':' .. app .. channel .. who
end

local function parts(name)
  local _, start, appLength, channelLength = string.find(name, '^(%d+):(%d+):')
  local appEnd = start + appLength
  local channelEnd = appEnd + channelLength
  return string.sub(name, start + 1, appEnd), string.sub(name, appEnd + 1, channelEnd), string.sub(name, channelEnd + 1)
end

-- The topic is put together from pieces of Lua, so that its form is written in one place only.
local function publish(app, channel, news)
  redis.call('PUBLISH', '${channelTopic("' .. app .. '", "' .. channel .. '")}', news)
end

-- While Redis is being told who is there, it may not know yet whose transitions are kept.
local known = {}
local function isKept(app, channel)
  if string.byte(channel) == 35 then return false end
  if settling then return true end
  if known[app] == nil then known[app] = redis.call('HEXISTS', P .. 'kept', app) == 1 end
  return known[app]
end

local function keep(incarnation, app, kept)
  local own = P .. 'keeps:' .. incarnation
  if kept then
    if redis.call('SADD', own, app) == 1 then redis.call('HINCRBY', P .. 'kept', app, 1) end
  elseif redis.call('SREM', own, app) == 1 then
    if redis.call('HINCRBY', P .. 'kept', app, -1) <= 0 then redis.call('HDEL', P .. 'kept', app) end
  end
  known[app] = nil
end

local function tell(transition)
  redis.call('XADD', P .. 'transitions', 'MAXLEN', '~', ${String(QUEUED_TRANSITIONS)}, '*', 't', cjson.encode(transition))
end

-- The codes are in the order in which transitions that fall due in one moment are told.
local OCCUPIED, ADDED, REMOVED, VACATED = '1', '2', '3', '4'
local KINDS = { ['1'] = 'channel_occupied', ['2'] = 'member_added', ['3'] = 'member_removed', ['4'] = 'channel_vacated' }

local function tellHeld(code, name, at)
  local app, channel, who = parts(name)
  tell({ kind = KINDS[code], app = app, channel = channel, user = who ~= '' and string.sub(who, 2) or nil, at = at })
end

-- Whoever comes back while the leave is held back has neither left nor come. While Redis is being told who is there, a coming
-- is held back too: another gateway may be about to say that they never were away.
local function come(came, left, name, quiet)
  local isBack = redis.call('ZREM', HELD, left .. name) == 1
  if quiet then
    redis.call('ZREM', HELD, came .. name)
  elseif not isBack then
    if settling then redis.call('ZADD', HELD, now + ${String(HOLD_MS)}, came .. name) else tellHeld(came, name, now) end
  end
end

local function go(came, left, name, due)
  if redis.call('ZREM', HELD, came .. name) == 0 then redis.call('ZADD', HELD, due, left .. name) end
end

local function nextVersion(app, channel)
  local version = redis.call('HINCRBY', P .. 'versions:' .. app, channel, 1)
  if version == 1 then
    version = time[1] * 1000000 + time[2]
    redis.call('HSET', P .. 'versions:' .. app, channel, version)
  end
  return string.format('%.0f', version)
end

local function changeMember(seat, delta, options)
  local app, channel, user = seat.app, seat.channel, string.sub(seat.who, 2)
  local members, info = P .. 'members:' .. seat.place, P .. 'info:' .. seat.place
  local count = redis.call('HINCRBY', members, user, delta)
  if delta > 0 and count == delta then
    redis.call('HSET', info, user, seat.info)
    local version = nextVersion(app, channel)
    if not options.quiet then
      local told = seat.info == '' and 'null' or cjson.encode(seat.info)
      publish(app, channel, '{"type":"joined","version":' .. version .. ',"user":' .. cjson.encode(user) .. ',"info":' .. told .. '}')
    end
  elseif count <= 0 then
    redis.call('HDEL', members, user)
    redis.call('HDEL', info, user)
    publish(app, channel, '{"type":"left","version":' .. nextVersion(app, channel) .. ',"user":' .. cjson.encode(user) .. '}')
    if redis.call('EXISTS', members) == 0 then redis.call('HDEL', P .. 'versions:' .. app, channel) end
  end
  if not isKept(app, channel) then return end
  if delta > 0 and (options.quiet or count == delta) then
    come(ADDED, REMOVED, seat.name, options.quiet)
  elseif count <= 0 then
    go(ADDED, REMOVED, seat.name, options.due)
    local last = tonumber(redis.call('HGET', P .. 'removed:' .. app, channel) or 0)
    if options.due > last then redis.call('HSET', P .. 'removed:' .. app, channel, options.due) end
  end
end

local function vacate(seat, due)
  redis.call('HDEL', P .. 'channels:' .. seat.app, seat.channel)
  if seat.who ~= '' then
    -- Not before the last of its members is told to be removed.
    local removed = redis.call('HGET', P .. 'removed:' .. seat.app, seat.channel)
    redis.call('HDEL', P .. 'removed:' .. seat.app, seat.channel)
    due = math.max(due, tonumber(removed or 0))
  end
  if isKept(seat.app, seat.channel) then go(OCCUPIED, VACATED, seat.place, due) end
end

local function seatOf(app, channel, who, info)
  return { app = app, channel = channel, who = who, info = info, place = name(app, channel, ''), name = name(app, channel, who) }
end

local touched = {}

-- Makes an incarnation's count of a seat this one. \`options\`: \`due\` is when a leave is told, \`quiet\` if nothing is told at all.
local function change(share, seat, count, options)
  local before = tonumber(redis.call('HGET', share, seat.name) or 0)
  if count == before then return end
  if count == 0 then redis.call('HDEL', share, seat.name) else redis.call('HSET', share, seat.name, count) end
  local delta = count - before
  local total = redis.call('HINCRBY', P .. 'channels:' .. seat.app, seat.channel, delta)
  if delta > 0 and (options.quiet or total == delta) and isKept(seat.app, seat.channel) then
    come(OCCUPIED, VACATED, seat.place, options.quiet)
  end
  if seat.who ~= '' then
    changeMember(seat, delta, options)
  elseif not options.quiet then
    touched[seat.place] = { seat = seat, total = math.max(0, total) }
  end
  if total <= 0 then vacate(seat, options.due) end
end

local function tellCount(seat, total)
  publish(seat.app, seat.channel, '{"type":"count","subscriptions":' .. total .. '}')
end

local function tellCounts()
  for place, change in pairs(touched) do
    if settling then
      redis.call('ZADD', RECOUNT, 'NX', now + ${String(HOLD_MS)}, place)
    else
      tellCount(change.seat, change.total)
      if isKept(change.seat.app, change.seat.channel) then
        redis.call('ZADD', RECOUNT, 'NX', now + ${String(RECOUNT_MS)}, place)
      end
    end
  end
end

-- Takes some seats of a share away. True when none is left.
local function takeApart(incarnation, due)
  -- From here on the incarnation is refused.
  redis.call('HDEL', P .. 'turns', incarnation)
  local share, cursor, taken = P .. 'share:' .. incarnation, '0', 0
  repeat
    local page = redis.call('HSCAN', share, cursor, 'COUNT', 100)
    cursor = page[1]
    for i = 1, #page[2], 2 do
      local app, channel, who = parts(page[2][i])
      change(share, seatOf(app, channel, who, ''), 0, { due = due })
      taken = taken + 1
    end
  until cursor == '0' or taken >= ${String(SEATS_A_CALL)}
  tellCounts()
  if redis.call('EXISTS', share) == 1 then return false end
  for _, app in ipairs(redis.call('SMEMBERS', P .. 'keeps:' .. incarnation)) do keep(incarnation, app, false) end
  redis.call('ZREM', P .. 'leases', incarnation)
  return true
end
`;
