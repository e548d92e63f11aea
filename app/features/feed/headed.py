"""Posts under one heading of the feed, such as a sector, whoever follows it."""

from typing import Any

from sqlalchemy import Select, Text, bindparam

from app.core.actor import Actor
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, prepared
from app.features.appearances.noting import note_posts
from app.features.posts import policy
from app.features.posts.feed import cards
from app.models.feed import About, FeedEntry
from app.models.follows import FollowTarget
from app.models.posts import Post
from app.models.statistics import Surface

NEWEST = Order(
    "sectors.newest",
    N_("Beiträge auf der Seite einer Branche: der neueste zuerst"),
    FeedEntry.at,
    FeedEntry.post_id,
    descending=True,
)


@prepared
def _headed(actor: Actor, *, kind: bool, after: bool) -> Select[Any]:
    query = (
        cards(actor)
        .join(FeedEntry, FeedEntry.post_id == Post.id)
        .where(
            FeedEntry.target == FollowTarget.SECTOR,
            FeedEntry.key == bindparam("key", type_=Text(), required=True),
            FeedEntry.about == About.POST,
            policy.current(),
            policy.stands_open_to(actor),
        )
    )
    if kind:
        query = query.where(FeedEntry.kind == bindparam("kind", type_=Text(), required=True))
    return NEWEST.page(query, after=after)


async def posts_of_sector(
    reader: Reader, actor: Actor, code: str, kind: str | None, paging: Paging
) -> Page[Any]:
    """Return the posts of a sector (``2008:25``) that ``actor`` may see, perhaps of one kind."""
    read = _headed(actor.shape, kind=kind is not None, after=paging.cursor is not None)
    params = {"key": code, "kind": kind, "me": actor.person_id}
    page = await NEWEST.fetch(reader, read, paging, params)
    note_posts(Surface.LIST, actor, page.items)
    return page
