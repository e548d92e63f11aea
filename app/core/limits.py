"""Limits: how often something may be done, by whom."""

import time
from functools import cache

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string
from typing_extensions import override

from app.core.errors import TooMany
from app.core.settings import settings

# What is counted, and how often it may happen to one subject (an address, an account …).
LIMITS: dict[str, str] = {
    "read": "600/minute",
    "write": "120/minute",
    "sign_in_from": "30/5 minutes",
    "sign_in_to": "20/hour",
    "mail_to": "3/day",
    "mail_from": "20/hour",
    "invite": "50/day",
    "claim": "20/day",
    "find_claimable": "60/hour",
    "upload": "100/hour",
    "message": "120/hour",
    "message_to_strangers": "20/day",
    "inquiry": "40/day",
    "certificate": "60/hour",
}


@cache
def rule(name: str) -> RateLimitItem:
    """Return the limit called ``name``."""
    return parse(LIMITS[name])


class Limiter:
    """Counts in a moving window; in this process's memory, or in Redis where several share."""

    def __init__(self, storage_uri: str) -> None:
        uri = storage_uri if storage_uri.startswith("async+") else f"async+{storage_uri}"
        storage = storage_from_string(uri)
        assert isinstance(storage, Storage)  # noqa: S101 - the prefix chose it
        self._window = MovingWindowRateLimiter(storage)

    async def hit(self, name: str, subject: str) -> tuple[int, int]:
        """Count one; return what remains and in how many seconds it is full again.

        Raises TooMany when nothing remained.
        """
        item = rule(name)
        allowed = await self._window.hit(item, name, subject)
        stats = await self._window.get_window_stats(item, name, subject)
        reset = max(1, round(stats.reset_time - time.time()))
        if not allowed:
            raise TooMany(retry_after=reset)
        return stats.remaining, reset

    async def remaining(self, name: str, subject: str) -> int:
        """How often ``subject`` may still do this now, without counting."""
        return (await self._window.get_window_stats(rule(name), name, subject)).remaining


class Unlimited(Limiter):
    """Counts nothing; for load tests and for the many requests of the test suite."""

    def __init__(self) -> None:
        """Make a limiter without a storage."""

    @override
    async def hit(self, name: str, subject: str) -> tuple[int, int]:
        """Allow everything."""
        del subject
        return rule(name).amount, 1

    @override
    async def remaining(self, name: str, subject: str) -> int:
        """Allow everything."""
        del subject
        return rule(name).amount


@cache
def limiter() -> Limiter:
    """Return the limiter of this process."""
    return Limiter(settings().limits_storage) if settings().rate_limits else Unlimited()
