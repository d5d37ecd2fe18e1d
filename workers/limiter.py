"""Token buckets that all processes share, in Redis."""

from __future__ import annotations

from redis import Redis

from evaluator.core.limits import LocalLimiter, check_request
from workers.broker import ERRORS, Breaker

PREFIX = "faithline:limit:"
FALLBACK_SHARE = 0.1
"""The share of a rate that each process allows itself while Redis does not answer: ten of them keep the rate."""

# Redis's own clock, so that the clocks of the workers need not agree. The answer is a string because Redis cuts
# numbers to integers. A bucket that nobody has touched until it would be full again is forgotten.
TAKE = """
local tokens, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(kept[1]), tonumber(kept[2])
if not level or not at then level, at = burst, now end
if now > at then level = math.min(burst, level + (now - at) * rate) else now = at end
local wait = 0
if level >= tokens then level = level - tokens else wait = (tokens - level) / rate end
redis.call('HSET', KEYS[1], 'level', string.format('%.9f', level), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * burst / rate) + 1000)
return string.format('%.9f', wait)
"""


class RedisLimiter:
    """Token buckets in Redis (`core.ports.Limiter`), atomic over all processes. Thread-safe.

    While Redis does not answer, every process keeps to a tenth of the rate on its own. A Redis that comes back empty
    has full buckets: at most one burst too much.
    """

    def __init__(self, client: Redis) -> None:
        self._take = client.register_script(TAKE)
        self._breaker = Breaker("limits_are_local")
        self._local = LocalLimiter()

    def take(self, key: str, tokens: float, rate_per_second: float, burst: float) -> float:
        check_request(tokens, rate_per_second, burst)
        if self._breaker.open:
            try:
                return float(self._take(keys=[PREFIX + key], args=[tokens, rate_per_second, burst]))
            except ERRORS as error:
                self._breaker.failed(error)
        # A burst below what is asked for could never grant it.
        return self._local.take(key, tokens, rate_per_second * FALLBACK_SHARE, max(tokens, burst * FALLBACK_SHARE))
