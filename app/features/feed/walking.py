"""Walking back through all there is, to meet on the way what one follows.

Looking up the newest of each thing costs as much as there are things. Who follows much, or what
much is written about, meets enough among the newest of everything. The walk is as long as looking
the things up would take; if it was not enough, they are looked up after all.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Text,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.features.follows.followed import seen_things
from app.features.groups.policy import INSIDE
from app.models.feed import FeedEntry
from app.models.follows import Follow, FollowTarget
from app.models.groups import Membership
from app.models.posts import Post

_STEPS_OF_THING: Final = 15  # which take about as long as looking up its newest
_MOST_STEPS: Final = 600
_KIND: Final[Any] = literal_column("'kind'", FeedEntry.target.type)  # as the index is written


def wished_by(actor: Actor, *, only: tuple[Any, Any] | None) -> CTE:
    """Select target and key of all that the actor follows, and of the groups they are in.

    Some of it may be gone, or hidden from them by now. ``only`` is the one thing asked for.
    """
    group: Any = literal(FollowTarget.GROUP, Follow.target.type)
    columns: list[Any] = [group.label("target"), cast(Membership.group_id, Text()).label("key")]
    every = union_all(
        select(Follow.target, Follow.key).where(Follow.person_id == actor.person_id),
        select(*columns).where(
            Membership.person_id == actor.person_id, Membership.standing.in_(INSIDE)
        ),
    ).subquery()
    found = select(every)
    if only:
        found = found.where(every.c.target == only[0], every.c.key == only[1])
    return found.cte("wished").prefix_with("MATERIALIZED")


def because_of(actor: Actor, wished: CTE, item: Any, *, stubs: bool, name: str) -> Any:
    """Select as JSON by which of the wished things, as far as they are seen, an item is heard of.

    It is null where there is none.
    """
    other = aliased(FeedEntry)
    reasons = (
        seen_things(other, actor, stubs=stubs)
        .where(
            other.post_id == item.c.post_id,
            other.about == item.c.about,
            tuple_(other.target, other.key).in_(select(wished.c.target, wished.c.key)),
        )
        .correlate(item)
        .subquery()
    )
    named = func.json_build_object(
        "target", reasons.c.target, "key", reasons.c.key, "name", reasons.c.name,
        "slug", reasons.c.slug,
    )  # fmt: skip
    return select(func.json_agg(named).label("because")).select_from(reasons).lateral(name)


def walked(
    actor: Actor,
    wished: CTE,
    within: list[ColumnElement[bool]],
    kept: Callable[[Any], list[ColumnElement[bool]]],
    *,
    stubs: bool,
    limit: int,
) -> CTE:
    """Select the newest items that are heard of by the wished things, at most ``limit``.

    ``within`` says among which entries, and ``kept`` of which posts, given the column of their id.
    Fewer than ``limit`` are not all there are.
    """
    falling: list[Any] = [FeedEntry.at.desc(), FeedEntry.post_id.desc(), FeedEntry.about.desc()]
    # An item has one entry of its kind, under which all of them are met, each once.
    columns: list[Any] = [FeedEntry.at, FeedEntry.post_id, FeedEntry.about]
    things: Any = func.count() * written(_STEPS_OF_THING)
    how_far = select(func.least(things, written(_MOST_STEPS))).select_from(wished)
    steps = (
        select(*columns)
        .where(
            FeedEntry.target == _KIND,
            *within,
        )
        .order_by(*falling)
        .limit(how_far.scalar_subquery())
        .subquery("steps")
    )
    because = because_of(actor, wished, steps, stubs=stubs, name="because")
    seen = (
        select(literal(value=True).label("is_seen"))
        .select_from(Post)
        .where(Post.id == steps.c.post_id, *kept(steps.c.post_id))
        .correlate(steps)
        .limit(written(1))
        .lateral("steps_post")
    )
    return (
        select(steps, because.c.because)
        .join(because, true())
        .join(seen, true())
        .where(because.c.because.is_not(None))
        .order_by(steps.c.at.desc(), steps.c.post_id.desc(), steps.c.about.desc())
        .limit(written(limit))
        .cte("walked")
        .prefix_with("MATERIALIZED")
    )


def written(number: int) -> Any:
    """Return a number that stands in the statement itself, so that plans are made for it."""
    return literal_column(str(number), Integer())
