"""Jobs that nobody works on any more: their worker was killed, or could not report their end.

What a dead worker held goes back into the queue, and so does what a living one has in its name
but does not do, because the database was away when it wanted to report. A job that has taken
its worker down with every attempt is given up.
"""

import asyncio
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from app.core.events import WAITS

_log = structlog.get_logger()


class StalledJobs:
    """What a worker knows of its own jobs, and does for those of the dead."""

    def __init__(self, queue: procrastinate.App, *, after_seconds: float) -> None:
        self._manager = queue.job_manager
        self._after_seconds = after_seconds
        self._worker_id: int | None = None
        self._running: set[int] = set()
        self._suspected: set[int] = set()

    async def noted(
        self, run: AsyncCallNext, context: procrastinate.JobContext, worker: Worker
    ) -> Any:
        """Run one job, knowing that it runs; a worker middleware."""
        job = _number(context.job)
        self._worker_id = worker.worker_id
        self._running.add(job)
        try:
            return await run()
        finally:
            self._running.discard(job)

    async def watch(self, every_seconds: float) -> None:
        """Look for stalled jobs again and again; a database that is away is waited for."""
        while True:
            try:
                await self.take_over()
            except ConnectorException as away:
                _log.warning("stalled_jobs.unknown", reason=repr(away.__cause__))
            await asyncio.sleep(every_seconds)

    async def take_over(self) -> int:
        """Queue again what nobody works on; return how many jobs that are."""
        held = await self._manager.get_stalled_jobs(seconds_since_heartbeat=self._after_seconds)
        stalled = [*held, *await self._forgotten()]
        for job in stalled:
            await self._queue_again(job)
        return len(stalled)

    async def _forgotten(self) -> list[Job]:
        """List jobs in this worker's name that it did not do at two looks in succession."""
        if self._worker_id is None:
            return []
        mine = await self._manager.list_jobs_async(status="doing", worker_id=self._worker_id)
        idle = {_number(job): job for job in mine if _number(job) not in self._running}
        found = [idle[number] for number in self._suspected & idle.keys()]
        self._suspected = set(idle)
        return found

    async def _queue_again(self, job: Job) -> None:
        log = _log.bind(job=job.id, task=job.task_name, attempts=job.attempts)
        if job.attempts >= len(WAITS):
            await self._manager.finish_job(job, Status.FAILED, delete_job=False)
            log.error("job.given_up")
            return
        try:
            await self._manager.retry_job(job)
        except UniqueViolation:  # the same tick waits already
            await self._manager.finish_job(job, Status.ABORTED, delete_job=True)
        except ConnectorException:  # another worker was quicker
            log.info("job.taken_by_another")
        else:
            log.warning("job.queued_again")


def _number(job: Job) -> int:
    assert job.id is not None  # noqa: S101 - it comes from the table
    return job.id
