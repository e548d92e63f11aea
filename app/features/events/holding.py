"""The events that somebody holds: their own, and those of the companies they speak for."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.reads import Reader, prepared
from app.features.posts.feed import cards
from app.features.posts.policy import MET, kept_by, stands_open_to
from app.models.posts import Post

_MOST: Final = 100


@prepared
def _held(actor: Actor) -> Select[Any]:
    return (
        cards(actor)
        .where(Post.kind == "event", Post.status.in_(MET), kept_by(actor), stands_open_to(actor))
        .order_by(Post.due_at, Post.id)
        .limit(_MOST)
    )


async def held_events(reader: Reader, actor: Actor) -> Sequence[Any]:
    """Return the events that ``actor`` keeps and readers meet, what is next first; 100 at most."""
    if not actor.is_signed_in:
        raise SignInRequired
    return await reader.all(_held(actor.shape), {"me": actor.person_id})
