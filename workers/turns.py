"""Turns to ask an endpoint, shared by all processes through Redis.

Requests and tokens of the last minute are counted one by one, so that no minute whatever holds more
than is allowed. An endpoint that asks to be left alone is left alone by everybody. Redis' clock is
used, and each decision is one script, so that processes never disagree.
"""

import hashlib
import uuid

import redis

from core.settings import DescribeSettings
from workers.queue import queue_faults

_WINDOW_MS = 60_000
_FIRST_GUESS_TOKENS = 1_000
"""What a call costs, while no answer of its endpoint has told."""
_REMEMBERED_S = 86_400

_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local pause = redis.call('PTTL', KEYS[3])
if pause > 0 then return pause end
local since = now - tonumber(ARGV[1])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', since)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
local calls = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local n_calls = #calls / 2
local max_calls, max_tokens = tonumber(ARGV[2]), tonumber(ARGV[3])
local expected = tonumber(redis.call('GET', KEYS[4]) or ARGV[4])
local wait = 0
if max_calls > 0 and n_calls >= max_calls then
  wait = calls[2 * (n_calls - max_calls + 1)] - since
end
if max_tokens > 0 then
  local spent = expected
  for i = 1, n_calls do spent = spent + redis.call('HGET', KEYS[2], calls[2 * i - 1]) end
  local i = 1
  while spent > max_tokens and i <= n_calls do
    spent = spent - redis.call('HGET', KEYS[2], calls[2 * i - 1])
    wait = math.max(wait, calls[2 * i] - since)
    i = i + 1
  end
end
if wait > 0 then return math.ceil(wait) end
redis.call('ZADD', KEYS[1], now, ARGV[5])
redis.call('HSET', KEYS[2], ARGV[5], expected)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 0
"""

_SETTLE = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
redis.call('SET', KEYS[4], ARGV[2], 'EX', ARGV[3])
"""


class Turns:
    """The turns that the processes of one queue server take with endpoints.

    Every method may raise QueueUnavailable.

    Args:
        url: Of the Redis server.
        settings: How many requests and tokens a minute.
    """

    def __init__(self, url: str, settings: DescribeSettings) -> None:
        self._redis = redis.Redis.from_url(url, decode_responses=True)
        self._limits = (settings.requests_per_minute or 0, settings.tokens_per_minute or 0)
        self._take = self._redis.register_script(_TAKE)
        self._settle = self._redis.register_script(_SETTLE)

    def take(self, endpoint: str, call: str) -> float:
        """Take a turn, if there is one now.

        A call that alone is dearer than a minute allows has its turn when it is alone.

        Args:
            endpoint: Who is asked.
            call: From `new_call`.

        Returns:
            0 where the turn is taken; else how many seconds to wait before asking again.
        """
        arguments: list[str | int] = [_WINDOW_MS, *self._limits, _FIRST_GUESS_TOKENS, call]
        with queue_faults():
            return float(self._take(keys=_keys(endpoint), args=arguments)) / 1000

    def settle(self, endpoint: str, call: str, n_tokens: int) -> None:
        """Count what a call really cost, and expect as much of the next one."""
        with queue_faults():
            self._settle(keys=_keys(endpoint), args=[call, n_tokens, _REMEMBERED_S])

    def pause(self, endpoint: str, seconds: float) -> None:
        """Have everybody leave an endpoint alone; a longer pause that is on stays."""
        key, wanted_ms = _keys(endpoint)[2], max(1, round(seconds * 1000))
        with queue_faults():
            if int(self._redis.pttl(key)) < wanted_ms:
                self._redis.set(key, "1", px=wanted_ms)

    def claim(self, question: str, seconds: float) -> bool:
        """Say that this process asks a question now, unless another one does.

        Args:
            question: Whatever is to be asked once alone.
            seconds: After so long the claim of a process that died is void.
        """
        with queue_faults():
            claimed = self._redis.set(_claim(question), "1", px=round(seconds * 1000), nx=True)
        return bool(claimed)

    def release(self, question: str) -> None:
        """Take a claim back."""
        with queue_faults():
            self._redis.delete(_claim(question))


def new_call() -> str:
    """A name for one call."""
    return uuid.uuid4().hex


def _keys(endpoint: str) -> list[str]:
    digest = hashlib.sha256(endpoint.encode()).hexdigest()[:16]
    return [f"limn:turns:{digest}:{part}" for part in ("calls", "tokens", "pause", "typical")]


def _claim(question: str) -> str:
    return f"limn:asking:{hashlib.sha256(question.encode()).hexdigest()[:32]}"
