"""Private threads: their messages, files and marks; conversations, and who is blocked."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Editable, Row
from app.models.sealed import SealedText


class Side(StrEnum):
    """Whose word a message is: of who opened the thread, or of who was addressed."""

    OPENER = "opener"
    KEEPER = "keeper"


class ConversationState(StrEnum):
    """REQUESTED: a stranger has written, and waits for an answer."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Thread(Row):
    """A private exchange between two sides. Who they are, its inquiry or conversation knows."""

    __tablename__ = "threads"
    __table_args__ = (Index("ix_threads_latest", "last_message_at"),)

    last_message_at: Mapped[datetime]


class Message(Row):
    """One message. ``author_id`` is None where who wrote it is concealed from the other side."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_thread", "thread_id", "sent_at", "id"),)

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id", ondelete="CASCADE"))
    side: Mapped[Side]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    body: Mapped[str] = mapped_column(SealedText)
    body_html: Mapped[str] = mapped_column(SealedText)
    sent_at: Mapped[datetime]


class MessageFile(Base):
    """A picture or PDF that came with a message; only the two sides see it."""

    __tablename__ = "message_files"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id"), primary_key=True, index=True)
    position: Mapped[int]


class ReadMark(Base):
    """Up to when a person has read a thread."""

    __tablename__ = "read_marks"

    thread_id: Mapped[UUID] = mapped_column(
        ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    read_until: Mapped[datetime]


class Conversation(Editable):
    """A thread between two people, or between a person and a company's inbox."""

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("num_nonnulls(person_id, company_id) = 1", name="one_addressee"),
        CheckConstraint("person_id IS DISTINCT FROM opener_id", name="not_with_oneself"),
        UniqueConstraint("opener_id", "company_id"),
        Index("ix_conversations_person", "person_id"),
    )

    thread_id: Mapped[UUID] = mapped_column(
        ForeignKey("threads.id", ondelete="CASCADE"), unique=True
    )
    opener_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)
    company_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("companies.id"), default=None, index=True
    )
    state: Mapped[ConversationState]
    decided_at: Mapped[datetime | None] = mapped_column(default=None)


Index(
    "uq_conversations_pair",
    func.least(Conversation.opener_id, Conversation.person_id),
    func.greatest(Conversation.opener_id, Conversation.person_id),
    unique=True,
    postgresql_where=Conversation.person_id.is_not(None),
)


class Block(Row):
    """Somebody, or a company, does not want to hear of a person any more."""

    __tablename__ = "blocks"
    __table_args__ = (
        CheckConstraint("num_nonnulls(by_person_id, by_company_id) = 1", name="one_blocker"),
        UniqueConstraint("by_person_id", "person_id"),
        UniqueConstraint("by_company_id", "person_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    by_person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), default=None
    )
    by_company_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("companies.id", ondelete="CASCADE"), default=None
    )


class ReplyTemplate(Row):
    """A friendly refusal that a company keeps, to be chosen, changed and sent."""

    __tablename__ = "reply_templates"
    __table_args__ = (UniqueConstraint("company_id", "title"),)

    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    title: Mapped[str]
    body: Mapped[str]
