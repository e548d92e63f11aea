"""The job process: reacts to events, and does what the clock asks for."""

import asyncio
import contextlib

from app.core.settings import settings
from app.core.stalled import StalledJobs
from app.runtime import configure_logging, database_of, running


async def work() -> None:
    """Run jobs until the process is told to stop."""
    configured = settings()
    jobs = configured.jobs
    async with running(configured, database_of(configured), for_jobs=True) as runtime:
        stalled = StalledJobs(runtime.queue, after_seconds=jobs.dead_after_seconds)
        watching = asyncio.create_task(stalled.watch(every_seconds=jobs.heartbeat_seconds))
        try:
            await runtime.queue.run_worker_async(
                concurrency=jobs.at_once,
                update_heartbeat_interval=jobs.heartbeat_seconds,
                stalled_worker_timeout=jobs.dead_after_seconds,
                delete_jobs="successful",
                shutdown_graceful_timeout=10,
                worker_middleware=[stalled.noted],
            )
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching


if __name__ == "__main__":
    configure_logging()
    asyncio.run(work())
