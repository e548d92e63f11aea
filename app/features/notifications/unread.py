"""How much is unread, for the head of every page: notifications, inquiries, conversations."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, cast, func, select, union

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.reads import Reader, prepared
from app.features.inquiries import policy as inquiries_policy
from app.features.inquiries.answering import side_of
from app.features.messages import policy as messages_policy
from app.features.messages.reading import has_news, unread_in
from app.features.notifications.inbox import LINES
from app.features.posts import policy as posts_policy
from app.models.inquiries import Inquiry
from app.models.messages import Conversation, ConversationState, Thread
from app.models.notifications import Notification
from app.models.posts import Post


@dataclass(frozen=True, slots=True)
class Unread:
    """Numbers of notifications, and of messages of others, that somebody has not read."""

    notifications: int = 0
    inquiries: int = 0
    conversations: int = 0

    @property
    def messages(self) -> int:
        """All messages."""
        return self.inquiries + self.conversations


def unread_columns(actor: Actor) -> list[ColumnElement[int]]:
    """Return the columns of ``Unread``, for a query about a signed-in ``actor``.

    Threads are found by one index for each way in which they can be somebody's, and of those
    only the ones in which something is new are looked into.
    """
    notifications = select(func.count()).where(
        Notification.person_id == actor.person_id, Notification.read_at.is_(None), *LINES
    )
    columns = {
        "notifications": notifications,
        "inquiries": _in_inquiries(actor),
        "conversations": _in_conversations(actor),
    }
    return [query.scalar_subquery().label(f"unread_{name}") for name, query in columns.items()]


NOTHING: Final = Unread()


def unread_of(row: Any) -> Unread:
    """Read these columns from a row."""
    return Unread(row.unread_notifications, row.unread_inquiries, row.unread_conversations)


def _in_inquiries(actor: Actor) -> Select[Any]:
    asked = [select(Inquiry.id).where(way) for way in inquiries_policy.ways_to_open(actor)]
    received = [
        select(Inquiry.id).join(Post, Post.id == Inquiry.post_id).where(way)
        for way in posts_policy.ways_to_keep(actor)
    ]
    return (
        select(_sum(unread_in(actor, Inquiry.thread_id, side_of(actor))))
        .select_from(Inquiry)
        .join(Post, Post.id == Inquiry.post_id)
        .join(Thread, Thread.id == Inquiry.thread_id)
        .where(Inquiry.id.in_(union(*asked, *received)), has_news(actor))
    )


def _in_conversations(actor: Actor) -> Select[Any]:
    ways = messages_policy.ways_to_take_part(actor)
    mine = union(*(select(Conversation.id).where(way) for way in ways))
    refused = Conversation.state == ConversationState.REFUSED
    return (
        select(_sum(unread_in(actor, Conversation.thread_id, messages_policy.side_of(actor))))
        .select_from(Conversation)
        .join(Thread, Thread.id == Conversation.thread_id)
        .where(
            Conversation.id.in_(mine),
            has_news(actor),
            ~refused | messages_policy.opened_by(actor),
        )
    )


def _sum(number: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(number), 0), Integer)


@prepared
def _unread(actor: Actor) -> Select[Any]:
    columns: list[Any] = [*unread_columns(actor)]
    return select(*columns)


async def read_unread(reader: Reader, actor: Actor) -> Unread:
    """Return how much the actor has not read."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = await reader.first(_unread(actor.shape), {"me": actor.person_id})
    assert row is not None  # noqa: S101 - a select without FROM has one row
    return unread_of(row)
