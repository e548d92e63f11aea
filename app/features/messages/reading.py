"""Reading a thread: its messages, and how many of them are new."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, func, select, text, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.models.media import Medium
from app.models.messages import Message, MessageFile, ReadMark, Thread
from app.models.people import Person
from app.models.sealed import JsonOfSealed

LATEST_FIRST = Order(
    "messages.latest",
    N_("Nachrichten in einem Verlauf: Die jüngsten zuerst, frühere auf den nächsten Seiten."),
    Message.sent_at,
    Message.id,
    descending=True,
)
_NEVER = text("'-infinity'::timestamptz")
_message, _mark, _author = aliased(Message), aliased(ReadMark), aliased(Person)


def unread_in(actor: Actor, thread_id: Any, side: Any) -> ColumnElement[int]:
    """Count, in a query, what the other side of ``side`` wrote that ``actor`` has not read."""
    read = (
        select(func.count())
        .select_from(_message)
        .outerjoin(
            _mark,
            (_mark.thread_id == _message.thread_id) & (_mark.person_id == actor.person_id),
        )
        .where(
            _message.thread_id == thread_id,
            _message.side != side,
            _mark.read_until.is_(None) | (_message.sent_at > _mark.read_until),
        )
    )
    return read.scalar_subquery()


def has_news(actor: Actor) -> ColumnElement[bool]:
    """Whether, in a query, something was written in ``Thread`` since ``actor`` last read it."""
    read_until = select(_mark.read_until).where(
        _mark.thread_id == Thread.id, _mark.person_id == actor.person_id
    )
    return Thread.last_message_at > func.coalesce(read_until.scalar_subquery(), _NEVER)


def _columns() -> Select[Any]:
    entry = func.json_build_object(
        "id", Medium.id, "type", Medium.type, "alt", Medium.alt, "file_name", Medium.file_name,
        "size_bytes", Medium.size_bytes, "width", Medium.width, "height", Medium.height,
    )  # fmt: skip
    files = (
        select(
            type_coerce(
                func.json_agg(aggregate_order_by(entry, MessageFile.position)), JsonOfSealed()
            )
        )
        .join(Medium, Medium.id == MessageFile.medium_id)
        .where(MessageFile.message_id == Message.id)
        .correlate(Message)
    )
    columns: list[Any] = [
        Message.id,
        Message.side,
        Message.body,
        Message.body_html,
        Message.sent_at,
        _author.id.label("author_id"),
        _author.name.label("author_name"),
        _author.slug.label("author_slug"),
        _author.left_at.is_not(None).label("author_has_left"),
        _author.picture_id.label("author_picture_id"),
        files.scalar_subquery().label("files"),
    ]
    return (
        select(*columns)
        .outerjoin(_author, _author.id == Message.author_id)
        .where(
            Message.thread_id == bound("thread_id", Uuid()),
        )
    )


@prepared
def _messages(*, after: bool) -> Select[Any]:
    return LATEST_FIRST.page(_columns(), after=after)


@prepared
def _message_of_thread() -> Select[Any]:
    return _columns().where(Message.id == bound("message_id", Uuid()))


async def list_messages(reader: Reader, thread_id: UUID, paging: Paging) -> Page[Any]:
    """Return the messages of a thread that the caller has found to be the actor's to read."""
    read = _messages(after=paging.cursor is not None)
    return await LATEST_FIRST.fetch(reader, read, paging, {"thread_id": thread_id})


async def read_message(reader: Reader, thread_id: UUID, message_id: UUID) -> Any:
    """Return one message of a thread."""
    given = {"thread_id": thread_id, "message_id": message_id}
    return await reader.first(_message_of_thread(), given)
