"""How often somebody may ask, shared by all page servers of one queue through Redis.

A token bucket for each name: it holds a minute's worth, fills evenly, and a request takes its price
or is refused. Redis' clock is used and each decision is one script, so that servers agree.
"""

import redis

from workers.queue import queue_faults

_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local a_minute, price = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1] or a_minute)
local passed = math.max(0, now - tonumber(kept[2] or now))
tokens = math.min(a_minute, tokens + passed * a_minute / 60)
local wait = 0
if tokens >= price then tokens = tokens - price else wait = (price - tokens) * 60 / a_minute end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 120)
return tostring(wait)
"""


class Rates:
    """Buckets by name.

    Args:
        url: Of the Redis server.
    """

    def __init__(self, url: str) -> None:
        self._take = redis.Redis.from_url(url, decode_responses=True).register_script(_TAKE)

    def take(self, name: str, a_minute: int, price: float = 1) -> float:
        """Take the price of one request out of a bucket, if it holds as much.

        Args:
            name: Whose bucket.
            a_minute: What it holds when it is full, and gets in a minute.
            price: At most `a_minute`.

        Returns:
            0 where it was taken; else in how many seconds it can be.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        with queue_faults():
            return float(str(self._take(keys=[f"limn:rate:{name}"], args=[a_minute, price])))
