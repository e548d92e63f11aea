"""Bookmarks ("Merkzettel"): posts that somebody wants to find again; nobody else sees them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.events import on
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, prepared
from app.features.accounts.account import AccountClosed
from app.features.posts import policy
from app.features.posts.access import post_for
from app.features.posts.feed import cards
from app.features.posts.policy import Act
from app.models.posts import Bookmark, Post

LATEST = Order(
    "bookmarks.latest",
    N_("Merkzettel: Was Sie zuletzt gemerkt haben, steht oben."),
    Bookmark.created_at,
    Bookmark.id,
    descending=True,
)


async def bookmark_post(session: Session, actor: Actor, post_id: UUID) -> None:
    """Put a post on the actor's list. Twice changes nothing."""
    await post_for(session, actor, post_id, Act.BOOKMARK)
    await session.execute(
        insert(Bookmark)
        .values(id=new_id(), person_id=actor.person_id, post_id=post_id)
        .on_conflict_do_nothing()
    )


async def unbookmark_post(session: Session, actor: Actor, post_id: UUID) -> None:
    """Take a post from the actor's list, whatever has become of it. Twice changes nothing."""
    if not actor.is_signed_in:
        raise SignInRequired
    await session.execute(
        delete(Bookmark).where(Bookmark.person_id == actor.person_id, Bookmark.post_id == post_id)
    )


@on(AccountClosed)
async def forget_bookmarks(session: Session, event: AccountClosed) -> None:
    """Forget the list of whoever leaves."""
    await session.execute(delete(Bookmark).where(Bookmark.person_id == event.person_id))


@prepared
def _bookmarked(actor: Actor, *, after: bool) -> Select[Any]:
    query = (
        cards(actor)
        .join(Bookmark, Bookmark.post_id == Post.id)
        .where(
            Bookmark.person_id == actor.person_id, policy.current(), policy.stands_open_to(actor)
        )
    )
    return LATEST.page(query, after=after)


async def bookmarked_posts(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the posts on the actor's list that can still be read."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _bookmarked(actor.shape, after=paging.cursor is not None)
    return await LATEST.fetch(reader, read, paging, {"me": actor.person_id})
