"""The job process: reacts to events, and does what the clock asks for."""

import asyncio

from app.core.settings import settings
from app.runtime import configure_logging, database_of, running


async def work() -> None:
    """Run jobs until the process is told to stop."""
    configured = settings()
    async with running(configured, database_of(configured), for_jobs=True) as runtime:
        await runtime.queue.run_worker_async(
            concurrency=4,
            update_heartbeat_interval=5,
            stalled_worker_timeout=20,
            delete_jobs="successful",
            shutdown_graceful_timeout=10,
        )


if __name__ == "__main__":
    configure_logging()
    asyncio.run(work())
