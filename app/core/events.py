"""Events: how a use-case says what happened, and how others learn of it.

An event, and one job per subscriber, are written in the transaction that made it true:
either all of it happens or none of it. The worker runs the jobs, at least once each.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, TypeVar

import procrastinate
from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job
from procrastinate.types import JSONValue
from pydantic import BaseModel, ConfigDict
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session
from typing_extensions import override

from app.core.ids import new_id
from app.models.events import EventRecord


class Event(BaseModel):
    """A fact in the past tense: ids, and whatever is needed after the row is gone."""

    model_config = ConfigDict(frozen=True)
    name: ClassVar[str]


E = TypeVar("E", bound=Event)
Handler = Callable[[Session, E], Awaitable[None]]
Tick = Callable[[Session], Awaitable[None]]
Run = Callable[[Callable[[Session], Awaitable[None]]], Awaitable[None]]
Errand = Callable[[Run], Awaitable[None]]


class Lane(StrEnum):
    """Where a job waits; the worker has hands of its own for each lane."""

    USUAL = "default"  # as procrastinate calls it
    MAILS = "mails"  # what waits for the one mail server, which may hang
    OUTGOING = "outgoing"  # what waits for other servers, and must not hold up what does not


class Subscription(NamedTuple):
    """Who is told of an event, and in which lane."""

    event_type: type[Event]
    handler: Handler[Any]
    lane: Lane


SUBSCRIBERS: dict[str, dict[str, Subscription]] = defaultdict(dict)
TICKS: dict[str, tuple[str, Tick]] = {}
ERRANDS: dict[str, tuple[str, Errand]] = {}

# Seconds until the next attempt: quickly at first, then over a good day, then never again.
WAITS = (5, 60, 300, 900, 3_600, 7_200, 14_400, 28_800, 57_600)


def emit(session: Session, event: Event) -> None:
    """Say that ``event`` happens if this transaction commits."""
    session.info.setdefault("events", []).append(event)


def on(event_type: type[E], *, lane: Lane = Lane.USUAL) -> Callable[[Handler[E]], Handler[E]]:
    """Subscribe a handler; it runs later, at least once, in a transaction of its own."""

    def subscribe(handler: Handler[E]) -> Handler[E]:
        path = f"{handler.__module__}.{handler.__qualname__}"
        SUBSCRIBERS[event_type.name][path] = Subscription(event_type, handler, lane)
        return handler

    return subscribe


def every(cron: str) -> Callable[[Tick], Tick]:
    """Run a handler by the clock (``minute hour day month weekday``, UTC), once per tick."""

    def schedule(tick: Tick) -> Tick:
        TICKS[f"{tick.__module__}.{tick.__qualname__}"] = (cron, tick)
        return tick

    return schedule


def errand(cron: str) -> Callable[[Errand], Errand]:
    """Run by the clock what asks other servers, never twice at the same time.

    It waits in the lane of such jobs, and gets the means to open transactions, one for each thing
    that it brings: none is open while it waits. It is not tried again before its next time.
    """

    def schedule(handler: Errand) -> Errand:
        ERRANDS[f"{handler.__module__}.{handler.__qualname__}"] = (cron, handler)
        return handler

    return schedule


async def record(session: Session) -> None:
    """Write the events emitted so far, and a job for each subscriber, on this connection."""
    happened: list[Event] = session.info.pop("events", [])
    if not happened:
        return
    await session.execute(
        insert(EventRecord),
        [
            {"id": new_id(), "name": event.name, "payload": event.model_dump(mode="json")}
            for event in happened
        ],
    )
    jobs: dict[Lane, list[dict[str, JSONValue]]] = defaultdict(list)
    for event in happened:
        for path, subscription in SUBSCRIBERS[event.name].items():
            job: dict[str, JSONValue] = {
                "subscriber": path,
                "payload": event.model_dump(mode="json"),
            }
            jobs[subscription.lane].append(job)
    if jobs:
        connection = await (await session.connection()).get_raw_connection()
        task: procrastinate.tasks.Task[..., Any, Any] = session.info["react"]
        for lane, waiting in jobs.items():
            deferring = task.configure(connection=connection.driver_connection, queue=lane.value)
            await deferring.batch_defer_async(*waiting)


async def react(session: Session, subscriber: str, payload: dict[str, Any]) -> None:
    """Tell one subscriber of one event."""
    told = next(found[subscriber] for found in SUBSCRIBERS.values() if subscriber in found)
    await told.handler(session, told.event_type(**payload))


class _Patience(procrastinate.BaseRetryStrategy):
    @override
    def get_retry_decision(
        self, *, exception: BaseException, job: Job
    ) -> procrastinate.RetryDecision | None:
        del exception
        if job.attempts >= len(WAITS):
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": WAITS[job.attempts]})


def queue(connector: BaseConnector, run: Run) -> procrastinate.App:
    """Build the job queue; ``run`` calls its argument inside a transaction."""
    app = procrastinate.App(connector=connector)

    @app.task(name="react", retry=_Patience())
    async def _react(subscriber: str, payload: dict[str, Any]) -> None:
        await run(lambda session: react(session, subscriber, payload))

    for name, (cron, tick) in TICKS.items():
        _add_tick(app, run, name, cron, tick)
    for name, (cron, handler) in ERRANDS.items():
        _add_errand(app, run, name, cron, handler)
    return app


def _add_tick(app: procrastinate.App, run: Run, name: str, cron: str, tick: Tick) -> None:
    @app.periodic(cron=cron)
    @app.task(name=name, queueing_lock=name, retry=_Patience())
    async def _tick(timestamp: int) -> None:
        del timestamp
        await run(tick)


def _add_errand(app: procrastinate.App, run: Run, name: str, cron: str, handler: Errand) -> None:
    @app.periodic(cron=cron)
    @app.task(name=name, queue=Lane.OUTGOING.value, queueing_lock=name, lock=name)
    async def _errand(timestamp: int) -> None:
        del timestamp
        await handler(run)
