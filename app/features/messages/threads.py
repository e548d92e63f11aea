"""Private threads: writing into them, and marking them as read.

Who may do so is decided by the feature that a thread belongs to. It says here, too, to whom its
threads are visible, so that the files in them are seen by nobody else::

    opened_to("inquiries", lambda actor: exists().where(Inquiry.thread_id == Message.thread_id, …))
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, delete, false, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.limits import limiter
from app.core.listening import announce
from app.core.text import Prose, render_markdown
from app.features.media.copying import nameless_copy
from app.features.media.describing import own_media
from app.features.media.policy import used_in
from app.features.media.removing import remove_unused
from app.models.messages import Message, MessageFile, ReadMark, Side, Thread

MAX_FILES = 8
MAX_TEXT = 5_000

MessageText = Annotated[str, Prose(MAX_TEXT), Asked(N_("Nachricht"), widget="markdown", rows=8)]
MessageFiles = Annotated[
    list[UUID],
    Field(
        max_length=MAX_FILES,
        description="Ids of media that you have uploaded; only the two sides see them here.",
    ),
    Asked(N_("Dateien"), widget="hidden"),
]


class MessageWritten(Event):
    name: ClassVar[str] = "message.written"
    thread_id: UUID
    message_id: UUID


class MessageDraft(BaseModel):
    """A message: a text, and files where they help."""

    model_config = ConfigDict(extra="forbid")

    text: MessageText
    files: MessageFiles = []


_VISIBLE: dict[str, Callable[[Actor], ColumnElement[bool]]] = {}


def opened_to(feature: str, seen_by: Callable[[Actor], ColumnElement[bool]]) -> None:
    """Say to whom a feature's threads are visible, by ``Message.thread_id``."""
    _VISIBLE[feature] = seen_by


def _files_seen_by(actor: Actor) -> ColumnElement[bool]:
    if not actor.is_signed_in:
        return false()
    return (
        select(Message.id)
        .where(
            Message.id == MessageFile.message_id,
            or_(false(), *(seen_by(actor) for seen_by in _VISIBLE.values())),
        )
        .correlate(MessageFile)
        .exists()
    )


used_in(MessageFile.medium_id, _files_seen_by)


async def open_thread(session: Session) -> Thread:
    """Begin a thread without messages."""
    thread = Thread(last_message_at=clock.now())
    session.add(thread)
    await session.flush()
    return thread


async def write_message(
    session: Session,
    actor: Actor,
    thread_id: UUID,
    side: Side,
    draft: MessageDraft,
    *,
    nameless: bool = False,
) -> Message:
    """Write into a thread on behalf of one side; the caller has decided that the actor may.

    In a ``nameless`` thread neither the writer nor the name of a file is kept with the message.
    """
    await limiter().hit("message", str(actor.person_id))
    now = clock.now()
    message = Message(
        thread_id=thread_id,
        side=side,
        author_id=None if nameless else actor.person_id,
        body=draft.text,
        body_html=render_markdown(draft.text),
        sent_at=now,
    )
    session.add(message)
    thread = await session.get_one(Thread, thread_id)
    thread.last_message_at = now
    await session.flush()
    await _enclose(session, actor, message, draft.files, nameless=nameless)
    await mark_thread_read(session, actor, thread_id)
    emit(session, MessageWritten(thread_id=thread_id, message_id=message.id))
    return message


async def _enclose(
    session: Session, actor: Actor, message: Message, wanted: Sequence[UUID], *, nameless: bool
) -> None:
    """Add the actor's own files to a message, each once; others are refused as unknown."""
    if not wanted:
        return
    media = await own_media(session, actor, wanted, field="files")
    if nameless:
        media = [await nameless_copy(session, medium) for medium in media]
    session.add_all(
        MessageFile(message_id=message.id, medium_id=medium.id, position=position)
        for position, medium in enumerate(media)
    )
    await session.flush()


async def mark_thread_read(session: Session, actor: Actor, thread_id: UUID) -> None:
    """Note that the actor has read everything in a thread up to now."""
    if actor.person_id is None:
        return
    mark = insert(ReadMark).values(
        thread_id=thread_id, person_id=actor.person_id, read_until=clock.now()
    )
    await session.execute(
        mark.on_conflict_do_update(
            index_elements=["thread_id", "person_id"],
            set_={"read_until": mark.excluded.read_until},
        )
    )
    await announce(session, [actor.person_id])


async def delete_files(session: Session, thread_ids: Sequence[UUID]) -> None:
    """Delete every file that came with messages in these threads, for good."""
    of_threads: Any = select(Message.id).where(Message.thread_id.in_(thread_ids))
    gone = await session.scalars(
        delete(MessageFile)
        .where(MessageFile.message_id.in_(of_threads))
        .returning(MessageFile.medium_id)
    )
    await remove_unused(session, gone.all())


async def delete_threads(session: Session, thread_ids: Sequence[UUID]) -> None:
    """Delete threads with all that stands in them; what they belong to goes with them."""
    await delete_files(session, thread_ids)
    await session.execute(delete(Thread).where(Thread.id.in_(thread_ids)))
