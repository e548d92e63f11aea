"""Jobs whose worker died or forgot them are done all the same; the rest is left alone."""

import asyncio
from types import SimpleNamespace

import procrastinate
import psycopg
import pytest

from app.core import events
from app.core.events import WAITS
from app.core.stalled import StalledJobs

AFTER_SECONDS = 30


@pytest.fixture
async def queue(own_database):
    async def run(work) -> None:
        raise AssertionError

    queue = events.queue(procrastinate.PsycopgConnector(conninfo=own_database), run)
    async with queue.open_async():
        yield queue


@pytest.fixture
def rows(own_database):
    def ask(statement: str) -> list[tuple]:
        with psycopg.connect(own_database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    return ask


async def begun(queue, **options):
    """Queue a job and have a worker begin it; return the job and the worker's number."""
    worker = await queue.job_manager.register_worker()
    await queue.tasks["react"].configure(**options).defer_async(subscriber="x", payload={})
    return await queue.job_manager.fetch_job(queues=None, worker_id=worker), worker


def bury(rows) -> None:
    rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


async def test_what_a_dead_worker_held_is_queued_again(queue, rows):
    await begun(queue)
    stalled = StalledJobs(queue, after_seconds=AFTER_SECONDS)
    assert await stalled.take_over() == 0
    bury(rows)
    assert await stalled.take_over() == 1
    assert rows("SELECT status::text, attempts FROM procrastinate_jobs") == [("todo", 1)]


async def test_a_job_that_kills_every_worker_is_given_up(queue, rows):
    await begun(queue)
    rows(f"UPDATE procrastinate_jobs SET attempts = {len(WAITS)}")
    bury(rows)
    await StalledJobs(queue, after_seconds=AFTER_SECONDS).take_over()
    assert rows("SELECT status::text FROM procrastinate_jobs") == [("failed",)]


async def test_a_tick_that_waits_already_does_not_keep_others_from_being_queued(queue, rows):
    for options in ({"queueing_lock": "tick"}, {}):
        await begun(queue, **options)
    await (
        queue.tasks["react"].configure(queueing_lock="tick").defer_async(subscriber="x", payload={})
    )
    bury(rows)
    assert await StalledJobs(queue, after_seconds=AFTER_SECONDS).take_over() == 2
    left = rows("SELECT status::text, queueing_lock FROM procrastinate_jobs ORDER BY 2")
    assert left == [("todo", "tick"), ("todo", None)]


async def test_what_a_living_worker_has_forgotten_is_queued_at_the_second_look(queue, rows):
    job, worker = await begun(queue)
    stalled = StalledJobs(queue, after_seconds=AFTER_SECONDS)
    goes_on = asyncio.Event()

    async def take_long() -> None:
        assert await stalled.take_over() == 0
        assert await stalled.take_over() == 0
        goes_on.set()

    await stalled.noted(take_long, SimpleNamespace(job=job), SimpleNamespace(worker_id=worker))
    assert goes_on.is_set()
    assert await stalled.take_over() == 0
    assert await stalled.take_over() == 1
    assert rows("SELECT status::text FROM procrastinate_jobs") == [("todo",)]
