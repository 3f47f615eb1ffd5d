"""The Lua scripts of the Redis ledger, and the index that they keep.

Redis runs one script at a time, so each is one atomic step. The rules stay in Python: a job is
read, changed by its rule, and put back by `SWAP` only if nobody put it back meanwhile.

    job:<id>               hash: body (the packed job), rev (counts writes), seq (counts
                           submissions), and due, kind, alone, duration, submitted for the scripts
    all:<state>            ids by seq; of:<state>:<owner> likewise
    lane:[priority,owner]  ids that are queued, by seq; `lanes` names the lanes that hold any
    leases                 ids by the end of their lease; webhooks, expires: by when they are due
    alone:<worker>         ids of running jobs that nothing may run beside
    keys                   hash: owner and idempotency key -> id
    served                 owners by when they were last served
    workers                hash: name -> note

All names share a prefix with one hash tag, so that they lie in one slot.
"""

from collections.abc import Iterator

import msgspec

from hansard.jobs.packing import pack
from hansard.jobs.values import Job, State

Marks = dict[tuple[str, str], str]
"""What the index holds of a job: index and member -> score."""
SEQ = "seq"
"""Stands for the job's number where the script gives it."""

_INDEX = """
local prefix = ARGV[1]
local function mark(first, seq)
  for i = first, #ARGV, 4 do
    local deed, name, member, value = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    local key = prefix .. name
    local lane = string.sub(name, 1, 5) == 'lane:'
    if deed == 'add' then
      if value == 'seq' then value = seq end
      redis.call('ZADD', key, value, member)
      if lane then redis.call('SADD', prefix .. 'lanes', name) end
    elseif deed == 'drop' then
      redis.call('ZREM', key, member)
      if lane and redis.call('EXISTS', key) == 0 then
        redis.call('SREM', prefix .. 'lanes', name)
      end
    elseif deed == 'set' then redis.call('HSET', key, member, value)
    else redis.call('HDEL', key, member) end
  end
end
"""

SUBMIT = f"""{_INDEX}
local known = redis.call('HGET', KEYS[1], 'body')
if not known and ARGV[2] ~= '' then
  local id = redis.call('HGET', prefix .. 'keys', ARGV[2])
  known = id and redis.call('HGET', prefix .. 'job:' .. id, 'body')
end
if known then return {{'known', known}} end
local waiting = redis.call('ZCARD', prefix .. 'all:queued')
if waiting >= tonumber(ARGV[3]) then return {{'full', waiting}} end
local seq = redis.call('INCR', prefix .. 'seq')
local fields = tonumber(ARGV[4])
redis.call('HSET', KEYS[1], 'rev', 1, 'seq', seq, unpack(ARGV, 5, 4 + fields))
mark(5 + fields, seq)
return {{'new'}}
"""
"""KEYS: the job. ARGV: prefix, owner and idempotency key, most queued, count, fields, marks."""

SWAP = f"""{_INDEX}
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], '')
local fields = tonumber(ARGV[3])
local seq = redis.call('HGET', KEYS[1], 'seq')
if fields == 0 then redis.call('DEL', KEYS[1])
else redis.call('HSET', KEYS[1], 'rev', ARGV[2] + 1, unpack(ARGV, 4, 3 + fields)) end
mark(4 + fields, seq)
return 1
"""
"""KEYS: the job. ARGV: prefix, rev as it was read, count, fields (none: delete the job), marks.

Redis asks for free memory only before a script's first write. That one takes something away, so
jobs can end and be deleted while it is full; only new ones are refused.
"""

STANDING = """
local prefix, worker, kinds = ARGV[1], ARGV[2], {}
for i = 3, #ARGV do kinds[ARGV[i]] = true end
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local function head(lane)
  local from = 0
  while true do
    local ids = redis.call('ZRANGE', prefix .. lane, from, from + 31)
    if #ids == 0 then return nil end
    for _, id in ipairs(ids) do
      local facts = redis.call('HMGET', prefix .. 'job:' .. id, 'due', 'kind', 'seq', 'alone')
      if facts[1] and tonumber(facts[1]) <= now and kinds[facts[2]] then
        return {lane, id, facts[3], facts[4]}
      end
    end
    from = from + 32
  end
end
local found = {redis.call('EXISTS', prefix .. 'alone:' .. worker)}
for _, lane in ipairs(redis.call('SMEMBERS', prefix .. 'lanes')) do
  local first = head(lane)
  if first then
    local owner = cjson.decode(string.sub(lane, 6))[2]
    first[5] = redis.call('ZCARD', prefix .. 'of:running:' .. owner)
    first[6] = redis.call('ZSCORE', prefix .. 'served', owner) or ''
    found[#found + 1] = first
  end
end
return found
"""
"""ARGV: prefix, worker, kinds. Whether the worker is guarded, then the lanes' heads."""

LANES = """
local prefix, own, id = ARGV[1], ARGV[2], ARGV[3]
local place = redis.call('ZRANK', prefix .. own, id)
if not place then return {} end
local priority = cjson.decode(string.sub(own, 6))[1]
local found = {place}
for _, lane in ipairs(redis.call('SMEMBERS', prefix .. 'lanes')) do
  if cjson.decode(string.sub(lane, 6))[1] <= priority then
    local one = {lane, redis.call('ZCARD', prefix .. lane)}
    for _, each in ipairs(redis.call('ZRANGE', prefix .. lane, 0, ARGV[4] - 1)) do
      one[#one + 1] = redis.call('HGET', prefix .. 'job:' .. each, 'duration') or ''
    end
    found[#found + 1] = one
  end
end
return found
"""
"""ARGV: prefix, the job's lane, its id, most lengths. Its place, then lanes with their lengths."""

LIST = """
local prefix, after, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local bound = '+inf'
if after ~= '' then
  local seq = redis.call('HGET', prefix .. 'job:' .. after, 'seq')
  if not seq then return false end
  bound = '(' .. seq
end
local found = {}
for i = 4, #ARGV do
  local part = redis.call(
    'ZREVRANGEBYSCORE', prefix .. ARGV[i], bound, '-inf', 'WITHSCORES', 'LIMIT', 0, limit)
  for j = 1, #part, 2 do found[#found + 1] = {part[j], tonumber(part[j + 1])} end
end
table.sort(found, function(one, other) return one[2] > other[2] end)
local bodies = {}
for i = 1, math.min(limit, #found) do
  bodies[i] = redis.call('HGET', prefix .. 'job:' .. found[i][1], 'body')
end
return bodies
"""
"""ARGV: prefix, the id to begin after, limit, indexes. Bodies, the newest first."""

DUE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local ids = redis.call(
  'ZRANGEBYSCORE', ARGV[1] .. ARGV[2], '-inf', string.format('%.6f', now), 'LIMIT', 0, ARGV[3])
local bodies = {}
for i, id in ipairs(ids) do
  bodies[i] = redis.call('HGET', ARGV[1] .. 'job:' .. id, 'body')
end
return bodies
"""
"""ARGV: prefix, index, limit. Bodies of the jobs whose time has come, the earliest first."""

COUNT = """
local time = redis.call('TIME')
local found = {}
for i = 2, #ARGV do found[#found + 1] = redis.call('ZCARD', ARGV[1] .. 'all:' .. ARGV[i]) end
local first = redis.call('ZRANGE', ARGV[1] .. 'all:queued', 0, 0)[1]
if first then
  local submitted = redis.call('HGET', ARGV[1] .. 'job:' .. first, 'submitted')
  found[#found + 1] = string.format('%.6f', time[1] + time[2] / 1000000 - submitted)
end
return found
"""
"""ARGV: prefix, states. How many jobs are in each, then how long the oldest queued one waited."""


def lane(priority: int, owner: str) -> str:
    """The name of a lane."""
    return f"lane:{msgspec.json.encode([priority, owner]).decode()}"


def lane_of(name: bytes) -> tuple[int, str]:
    """Priority and owner of a lane."""
    return msgspec.json.decode(name.removeprefix(b"lane:"), type=tuple[int, str])


def key_field(job: Job) -> str:
    """Where `keys` has the job's idempotency key; empty where it has none."""
    return "" if job.idempotency_key is None else f"{job.owner}\0{job.idempotency_key}"


def fields(job: Job, before: bytes = b"") -> list[str | bytes]:
    """What the job's hash holds, names and values in turns; `before` is its body until now."""
    duration = job.media.duration if job.media else None
    return [
        *("body", pack(job, before)),
        *("due", repr(job.due)),
        *("kind", job.kind),
        *("alone", str(int(job.alone))),
        *("submitted", repr(job.submitted)),
        *("duration", "" if duration is None else repr(duration)),
    ]


def marks(job: Job) -> Marks:
    """What the index holds of a job."""
    found = {(f"all:{job.state}", job.id): SEQ, (f"of:{job.state}:{job.owner}", job.id): SEQ}
    if job.state is State.QUEUED:
        found[lane(job.priority, job.owner), job.id] = SEQ
    if job.lease is not None:
        found["leases", job.id] = repr(job.lease.until)
        if job.lease.alone:
            found[f"alone:{job.lease.worker}", job.id] = "0"
    if job.webhook is not None and job.webhook.due is not None:
        found["webhooks", job.id] = repr(job.webhook.due)
    if job.expires is not None:
        found["expires", job.id] = repr(job.expires)
    return found


def moves(before: Marks, after: Marks) -> Iterator[str]:
    """What the scripts are to do to the index, four words each."""
    for index, member in before.keys() - after.keys():
        yield from ("drop", index, member, "")
    for (index, member), score in after.items():
        if before.get((index, member)) != score:
            yield from ("add", index, member, score)
