"""Groups in which a sector has its say: where posts of it stood lately."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Subquery,
    Text,
    func,
    literal_column,
    select,
)

from app.core.actor import Actor
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.groups.directory import Among
from app.features.groups.reading import GroupSummary, summary_columns, summary_of
from app.features.posts import policy
from app.models.feed import About, FeedEntry
from app.models.follows import FollowTarget
from app.models.groups import Group
from app.models.posts import Post
from app.reference.codes import sector_key

LATELY: Final = 500  # posts of the sector, the newest; what is older says little of a group
_AT: Any = literal_column("lately.at", DateTime(timezone=True))
LATEST = Order(
    "sectors.groups",
    N_(
        "Gruppen auf der Seite einer Branche: die zuerst, in der zuletzt ein Beitrag der Branche "
        "erschien"
    ),
    _AT,
    Group.id,
    descending=True,
)


def _lately(actor: Actor) -> Subquery:
    """Select the groups in which the reader may read newer posts of a sector, and their latest."""
    filed = (
        select(FeedEntry.post_id)
        .where(
            FeedEntry.target == FollowTarget.SECTOR,
            FeedEntry.key == bound("key", Text()),
            FeedEntry.about == About.POST,
        )
        .order_by(FeedEntry.at.desc(), FeedEntry.post_id.desc())
        .limit(LATELY)
        .subquery()
    )
    return (
        select(Post.group_id, func.max(Post.published_at).label("at"))
        .join(filed, filed.c.post_id == Post.id)
        .where(Post.group_id.is_not(None), policy.current(), policy.stands_open_to(actor))
        .group_by(Post.group_id)
        .subquery("lately")
    )


def _in_sector(actor: Actor) -> ColumnElement[bool]:
    return Group.id.in_(select(_lately(actor).c.group_id))


def talking_of(sector: str | None) -> Among | None:
    """Return what narrows the directory of groups to those of a sector; nothing for None."""
    return Among(_in_sector, {"key": sector_key(sector)}) if sector else None


@prepared
def _groups(actor: Actor, *, after: bool) -> Select[Any]:
    lately = _lately(actor)
    query = (
        select(*summary_columns(actor))
        .join(lately, lately.c.group_id == Group.id)
        .where(Group.archived_at.is_(None))
    )
    return LATEST.page(query, after=after)


async def groups_of_sector(
    reader: Reader, actor: Actor, key: str, paging: Paging
) -> Page[GroupSummary]:
    """Return the groups in which ``actor`` may read newer posts of a sector (``2008:25``)."""
    read = _groups(actor.shape, after=paging.cursor is not None)
    page = await LATEST.fetch(reader, read, paging, {"key": key, "me": actor.person_id})
    return page.map(lambda row: summary_of(row, actor))
