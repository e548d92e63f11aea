"""Reading the feed: the newest of everything one follows, merged strictly by time.

Its cost grows with the number of things followed and the length of a part, and with nothing else.
Of each thing the newest entry is looked up in the index. Only things whose newest entry lies among
the newest few of all can have a place in this part, and only they are read further.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    not_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.appearances.noting import note_posts
from app.features.companies.policy import speaks_for, stubs_are_public
from app.features.feed.position import ReadTo, read_to
from app.features.feed.reasons import Reason, reasons_of
from app.features.feed.walking import because_of, walked, wished_by, written
from app.features.follows.followed import with_names
from app.features.follows.targets import Thing
from app.features.groups.policy import INSIDE
from app.features.posts import policy
from app.features.posts.concealing import concealed_by
from app.features.posts.feed import cards
from app.models.feed import FeedEntry, Mute
from app.models.follows import Follow, FollowTarget
from app.models.groups import Group, Membership
from app.models.posts import Post
from app.models.statistics import Surface

NEWEST = Order(
    "feed.newest",
    N_(
        "Mein Verlauf: Was zuletzt veröffentlicht oder beantwortet wurde, steht oben, wem und was "
        "auch immer Sie folgen. Nichts wird vorgezogen, zusammengefasst oder weggelassen."
    ),
    FeedEntry.at,
    FeedEntry.post_id,
    FeedEntry.about,
    descending=True,
)
_TYPES: Final = (DateTime(timezone=True), Uuid(), FeedEntry.about.type)


@dataclass(frozen=True, slots=True)
class FeedFilters:
    """What of the feed is asked for; None leaves it as it is."""

    kind: str | None = None
    thing: Thing | None = None
    group_id: UUID | None = None
    since: datetime | None = None
    only_unread: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """Everything that is set, as parameters of the read."""
        given = {
            "kind": self.kind,
            "thing_target": self.thing.target if self.thing else None,
            "thing_key": self.thing.key if self.thing else None,
            "group_key": str(self.group_id) if self.group_id else None,
            "since": self.since,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FeedItem:
    """Something new: the card of a post, what there is to hear of it, and why it is shown."""

    row: Any
    because: tuple[Reason, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """A part of the feed, and how far the reader has read it."""

    page: Page[FeedItem]
    read_to: ReadTo | None


def _marks(prefix: str) -> Any:
    return tuple_(*(bound(f"{prefix}_{n}", type_) for n, type_ in enumerate(_TYPES)))


def _followed(actor: Actor, *, stubs: bool, only: tuple[Any, Any] | None) -> CTE:
    """Select all that the actor follows, can see and hears of, and the groups they are in."""
    group: Any = literal(FollowTarget.GROUP, Follow.target.type)
    columns: list[Any] = [
        group.label("target"), cast(Group.id, Text()).label("key"), Group.name, Group.slug
    ]  # fmt: skip
    joined = (
        select(*columns)
        .join(Membership, Membership.group_id == Group.id)
        .where(
            Membership.person_id == actor.person_id,
            Membership.standing.in_(INSIDE),
            ~exists().where(
                Follow.person_id == actor.person_id,
                Follow.target == FollowTarget.GROUP,
                Follow.key == cast(Group.id, Text()),
            ),
        )
    )
    # Asked of each by itself, and first: most of many things may never have been heard of.
    heard: Any = (
        select(literal(value=True))
        .where(FeedEntry.target == Follow.target, FeedEntry.key == Follow.key)
        .limit(written(1))
        .correlate(Follow)
        .scalar_subquery()
    )
    named = with_names(Follow, actor, stubs=stubs).where(heard)
    every = union_all(named, joined).subquery()
    found = select(every)
    if only:
        found = found.where(every.c.target == only[0], every.c.key == only[1])
    return found.cte("followed").prefix_with("MATERIALIZED")


def seen_by(actor: Actor) -> list[ColumnElement[bool]]:
    """Keep posts that the actor may see; what they wrote themselves is no news."""
    hidden = concealed_by(actor, lambda company: speaks_for(actor, company))
    return [
        policy.current(),
        policy.stands_open_to(actor),
        Post.author_id.is_distinct_from(actor.person_id),
        not_(and_(Post.is_concealed, hidden)),
    ]


def _within(given: frozenset[str], *, after: bool) -> list[ColumnElement[bool]]:
    """Keep entries of the time and kind that are asked for."""
    position = tuple_(FeedEntry.at, FeedEntry.post_id, FeedEntry.about)
    kept: list[ColumnElement[bool]] = []
    if after:
        kept.append(position < _marks("after"))
    if "unread" in given:
        kept.append(position > _marks("read"))
    if "since" in given:
        kept.append(FeedEntry.at >= bound("since", DateTime(timezone=True)))
    if "kind" in given:
        kept.append(FeedEntry.kind == bound("kind", Text()))
    return kept


def unmuted(actor: Actor, post_id: Any) -> ColumnElement[bool]:
    """Keep posts of which nothing is said by what the actor mutes."""
    muted = aliased(FeedEntry)
    return ~exists().where(
        Mute.person_id == actor.person_id,
        Mute.target == muted.target,
        Mute.key == muted.key,
        muted.post_id == post_id,
    )


def _heard_of(followed: CTE) -> ColumnElement[bool]:
    """Keep entries of items that are in the feed by something followed."""
    other = aliased(FeedEntry)
    return (
        select(other.post_id)
        .join(followed, and_(other.target == followed.c.target, other.key == followed.c.key))
        .where(other.post_id == FeedEntry.post_id, other.about == FeedEntry.about)
        .exists()
    )


def _newest_of(
    source: CTE,
    entries: list[ColumnElement[bool]],
    posts: list[ColumnElement[bool]],
    limit: int,
    name: str,
) -> Any:
    """Select the newest entries of one thing, from its end of the index.

    The post of each is looked up by itself (a limit keeps the planner from joining the tables):
    whatever PostgreSQL believes of how many entries there are, only as many posts are read.
    """
    seen = (
        select(literal(value=True).label("is_seen"))
        .select_from(Post)
        .where(Post.id == FeedEntry.post_id, *posts)
        .correlate(FeedEntry)
        .limit(written(1))
        .lateral(f"{name}_post")
    )
    columns: list[Any] = [FeedEntry.at, FeedEntry.post_id, FeedEntry.about]
    return (
        select(*columns)
        .join(seen, true())
        .where(FeedEntry.target == source.c.target, FeedEntry.key == source.c.key, *entries)
        .order_by(FeedEntry.at.desc(), FeedEntry.post_id.desc(), FeedEntry.about.desc())
        .limit(written(limit))
        .lateral(name)
    )


def _positions(
    source: CTE, entries: list[ColumnElement[bool]], posts: list[ColumnElement[bool]], limit: int
) -> CTE:
    """Select where the newest entries of all things stand, each once."""

    def falling(rows: Any) -> list[Any]:
        return [rows.c.at.desc(), rows.c.post_id.desc(), rows.c.about.desc()]

    newest = _newest_of(source, entries, posts, 1, "newest")
    heads = (
        select(source.c.target, source.c.key, newest.c.at, newest.c.post_id, newest.c.about)
        .join(newest, true())
        .cte("heads")
        .prefix_with("MATERIALIZED")
    )
    once = select(heads.c.at, heads.c.post_id, heads.c.about).distinct().subquery()
    last = select(once.c.at).order_by(*falling(once)).offset(written(limit - 1)).limit(written(1))
    start: Any = literal_column("'-infinity'::timestamptz", DateTime(timezone=True))
    edge = select(func.coalesce(last.scalar_subquery(), start).label("at")).cte("edge")
    further = _newest_of(heads, [*entries, FeedEntry.at >= edge.c.at], posts, limit, "further")
    found = (
        select(further.c.at, further.c.post_id, further.c.about)
        .select_from(heads)
        .join(edge, heads.c.at >= edge.c.at)
        .join(further, true())
        .distinct()
        .subquery()
    )
    return select(found).order_by(*falling(found)).limit(written(limit)).cte("merged")


@prepared
def _feed(
    actor: Actor, given: frozenset[str], *, stubs: bool, after: bool, limit: int
) -> Select[Any]:
    """Select a part of the feed.

    It is what a walk back through all there is has met, if that is enough, and else what is newest
    of the things followed. The limit is written out: with one that is filled in, PostgreSQL would
    not know that the plan it keeps is as good as a new one, and plan each time, which takes longer
    than reading.
    """
    thing = (bound("thing_target", Follow.target.type), bound("thing_key", Text()))
    only = thing if "thing_key" in given else None
    followed = _followed(actor, stubs=stubs, only=only)
    wished = wished_by(actor, only=only)
    within, posts = _within(given, after=after), seen_by(actor)
    entries = [*within, *([unmuted(actor, FeedEntry.post_id)] if "muting" in given else [])]
    if "group_key" in given:
        group: Any = literal(FollowTarget.GROUP, Follow.target.type)
        source = select(
            group.label("target"), bound("group_key", Text()).label("key")
        ).cte("asked")  # fmt: skip
        items = _positions(source, [*entries, _heard_of(followed)], posts, limit)
    else:
        items = _positions(followed, entries, posts, limit)
    found: Any = _with_reasons(actor, wished, items, stubs=stubs)
    if not given & {"thing_key", "group_key"}:

        def kept(post_id: Any) -> list[ColumnElement[bool]]:
            return [*posts, *([unmuted(actor, post_id)] if "muting" in given else [])]

        newest = walked(actor, wished, within, kept, stubs=stubs, limit=limit)
        met = select(func.count()).select_from(newest).scalar_subquery()
        found = union_all(
            select(newest).where(met == written(limit)), found.where(met < written(limit))
        )
    every = found.cte("every").prefix_with("MATERIALIZED")
    keys = [every.c.at, every.c.post_id, every.c.about]
    return (
        cards(actor)
        .join(every, every.c.post_id == Post.id)
        .add_columns(
            every.c.at,
            every.c.about,
            every.c.because,
            *(key.label(f"key_{n}") for n, key in enumerate(keys)),
        )
        .order_by(*(key.desc() for key in keys))
    )


def _with_reasons(actor: Actor, wished: CTE, items: CTE, *, stubs: bool) -> Select[Any]:
    because = because_of(actor, wished, items, stubs=stubs, name="why")
    return select(items, because.c.because).join(because, true())


async def read_feed(reader: Reader, actor: Actor, filters: FeedFilters, paging: Paging) -> Feed:
    """Return a part of the actor's feed, newest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    state = await read_to(reader, actor)
    params = {**filters.params, "me": actor.person_id}
    given = set(filters.params)
    if state.is_muting:
        given.add("muting")
    if filters.only_unread and state.position:
        given.add("unread")
        params |= {f"read_{n}": value for n, value in enumerate(state.position.key)}
    read = _feed(
        actor.shape,
        frozenset(given),
        stubs=stubs_are_public(),
        after=paging.cursor is not None,
        limit=paging.limit + 1,
    )
    page = await NEWEST.fetch(reader, read, paging, params)
    note_posts(Surface.FEED, actor, page.items)
    return Feed(page.map(lambda row: _item(row, state.position)), state.position)


def _item(row: Any, position: ReadTo | None) -> FeedItem:
    here = (row.at, row.id, row.about)
    return FeedItem(row, reasons_of(row.because), position is None or here > position.key)
