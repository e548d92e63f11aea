"""Server-sent events: numbers that change while somebody reads."""

import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from app.edge.identity import is_still
from app.edge.refusals import NotAcceptable
from app.features.notifications.live import Live

MAX_MARK: Final = 200  # characters of Last-Event-ID
_BEAT_SECONDS: Final = 15.0  # proxies close what is silent for a minute
_LIFE_SECONDS: Final = 300.0  # then a client comes again, and proves anew who it is
_RETRY_MILLISECONDS: Final = 3_000


class EventStream(StreamingResponse):
    """Server-sent events. FastAPI's own response takes its route for a generator."""

    media_type = "text/event-stream"


class UnreadEvent(BaseModel):
    """What is unread now; the newest notification tells whether something came."""

    notifications: int
    inquiries: int
    conversations: int
    messages: int
    newest: UUID | None


def unread_stream(request: Request, person_id: UUID) -> EventStream:
    """Answer with what is unread: now, and whenever it changes."""
    if EventStream.media_type not in request.headers.get("accept", ""):
        raise NotAcceptable
    live: Live = request.state.live
    live.require_room(person_id)
    known = request.headers.get("last-event-id", "")[:MAX_MARK]
    events = _events(request, live, person_id, known)
    return EventStream(events, headers={"X-Accel-Buffering": "no"})


async def _events(
    request: Request, live: Live, person_id: UUID, known: str
) -> AsyncIterator[bytes]:
    until = time.monotonic() + _LIFE_SECONDS
    with live.opened(person_id, known) as stream:
        yield format_sse_event(retry=_RETRY_MILLISECONDS)
        while not stream.is_ended and (left := until - time.monotonic()) > 0:
            state = await stream.next(min(_BEAT_SECONDS, left))
            if stream.is_doubted:
                stream.is_doubted = False
                if not await is_still(request, person_id):
                    return
            if state is None:
                yield KEEPALIVE_COMMENT
                continue
            unread = state.unread
            told = UnreadEvent(
                notifications=unread.notifications,
                inquiries=unread.inquiries,
                conversations=unread.conversations,
                messages=unread.messages,
                newest=state.newest,
            )
            yield format_sse_event(data_str=told.model_dump_json(), event="unread", id=state.mark)


@contextmanager
def told_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` as soon as the process is told to end.

    A server waits for open answers before it ends its application, and streams never end by
    themselves.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def passed_on(number: int, frame: Any) -> None:
        stop()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for one in before:
        signal.signal(one, passed_on)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
