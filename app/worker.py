"""The job process: reacts to events, and does what the clock asks for.

A database that goes away is waited for. Where several processes are watched together, the end
of one would end all.
"""

import asyncio
import contextlib
import signal
import time

import psycopg
import structlog
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import OperationalError

from app.core.events import Lane
from app.core.settings import Settings, settings
from app.core.stalled import StalledJobs
from app.runtime import Runtime, configure_logging, database_of, running

_SHORTEST_WAIT = 1.0  # seconds; each wait is twice as long as the one before
_LONGEST_WAIT = 30.0
_SECONDS_TO_SETTLE = 60.0  # whoever worked as long as this begins with a short wait again

Stalled = dict[Lane, StalledJobs]

_log = structlog.get_logger()


async def work() -> None:
    """Run jobs until the process is told to stop."""
    configured = settings()
    jobs = configured.jobs
    stopping = asyncio.Event()
    async with contextlib.AsyncExitStack() as house:
        for ending in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(ending, stopping.set)
        runtime = await _opened(house, configured, stopping)
        if runtime is None:
            return
        stalled = {
            lane: StalledJobs(runtime.queue, after_seconds=jobs.dead_after_seconds) for lane in Lane
        }
        watching = [
            asyncio.create_task(known.watch(every_seconds=jobs.heartbeat_seconds))
            for known in stalled.values()
        ]
        try:
            await _work_on(runtime, stalled, stopping)
        finally:
            for watch in watching:
                watch.cancel()
            await asyncio.gather(*watching, return_exceptions=True)


async def _opened(
    house: contextlib.AsyncExitStack, configured: Settings, stopping: asyncio.Event
) -> Runtime | None:
    """Open everything as soon as the database is there; None if told to stop before."""
    wait = _SHORTEST_WAIT
    while not stopping.is_set():
        try:
            opening = running(configured, database_of(configured), for_jobs=True)
            return await house.enter_async_context(opening)
        except (
            PoolTimeout,
            psycopg.OperationalError,
            OperationalError,
            ConnectorException,
        ) as away:
            _log.warning("worker.waits_for_database", seconds=wait, reason=repr(away))
        await _pause(stopping, wait)
        wait = min(2 * wait, _LONGEST_WAIT)
    return None


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, but not when told to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


async def _work_on(runtime: Runtime, stalled: Stalled, stopping: asyncio.Event) -> None:
    """Work again whenever the work has ended because the database was away."""
    wait = _SHORTEST_WAIT
    while not stopping.is_set():
        began = time.monotonic()
        reason = await _work_once(runtime, stalled, stopping)
        if time.monotonic() - began > _SECONDS_TO_SETTLE:
            wait = _SHORTEST_WAIT
        if not stopping.is_set():
            _log.warning("worker.waits_for_database", seconds=wait, reason=reason)
            await _pause(stopping, wait)
        wait = min(2 * wait, _LONGEST_WAIT)


async def _work_once(runtime: Runtime, stalled: Stalled, stopping: asyncio.Event) -> str | None:
    """Run jobs until told to stop or until the database is away; return why, if known."""
    jobs = runtime.settings.jobs
    hands = {
        Lane.USUAL: jobs.at_once,
        Lane.MAILS: jobs.mails_at_once,
        Lane.OUTGOING: jobs.outgoing_at_once,
    }
    working = [
        asyncio.ensure_future(
            runtime.queue.run_worker_async(
                queues=[lane.value],
                concurrency=hands[lane],
                update_heartbeat_interval=jobs.heartbeat_seconds,
                stalled_worker_timeout=jobs.dead_after_seconds,
                delete_jobs="successful",
                shutdown_graceful_timeout=10,
                worker_middleware=[known.noted],
                install_signal_handlers=False,
            )
        )
        for lane, known in stalled.items()
    ]
    told = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([*working, told], return_when=asyncio.FIRST_COMPLETED)
    for task in (*working, told):
        task.cancel()
    for ended in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(ended, ConnectorException):
            return repr(ended.__cause__)
        if isinstance(ended, Exception):
            raise ended
    return None  # told to stop, or a part of it has failed; procrastinate has logged which


if __name__ == "__main__":
    configure_logging()
    asyncio.run(work())
