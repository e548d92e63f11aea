"""What is new of all that people follow, for their digests: read when it is due, never kept.

There is no notification for each post and follower. For each follower it is kept up to when they
have been told, and when that is due again; what is new in between their feed says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, exists, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import on
from app.core.reads import SessionReader
from app.features.feed.since import READER, NewPosts, new_posts
from app.features.follows.following import Followed
from app.features.notifications.topics import FOLLOWS
from app.features.notifications.wishes import chosen_by, wishes_of
from app.models.accounts import Account
from app.models.feed import FeedEntry, FeedPosition
from app.models.follows import Follow
from app.models.notifications import Channel, FollowNews, Notification, QuietHours
from app.models.people import Person

NAMED: Final = 8  # posts in one mail
_BEING_FILED: Final = timedelta(minutes=10)  # what is younger may not be in any feed yet
_JUST_AFTER: Final = timedelta(microseconds=1)
_UNTOLD: Final = ~exists().where(
    Notification.post_id == FeedEntry.post_id, Notification.person_id == READER.person_id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new for one follower up to a moment, and how they are written to."""

    person_id: UUID
    name: str
    email: str
    locale: str
    until: datetime
    posts: NewPosts


@on(Followed)
async def plan_for_follower(session: Session, event: Followed) -> None:
    """Have whoever follows something told of it, from now on if nothing was due to them."""
    await plan_news(session, [event.person_id], anew=False)


async def plan_news(session: Session, people: Sequence[UUID], *, anew: bool = True) -> None:
    """Keep when people are to be told next, by the wishes that hold now.

    Whoever was not to be told is told of what comes from now on. What is due to somebody already
    is only planned ``anew`` where that is asked for.
    """
    now = clock.now()
    rows = [
        {
            "person_id": row.id,
            "told_to": _hour(now),
            "due_at": _due(row, now) if row.follows else None,
        }
        for row in await session.execute(_wishes(people))
    ]
    if not rows:
        return
    planned = insert(FollowNews).values(rows)
    await session.execute(
        planned.on_conflict_do_update(
            index_elements=[FollowNews.person_id],
            set_={
                "due_at": planned.excluded.due_at,
                "told_to": case(
                    (FollowNews.due_at.is_(None), planned.excluded.told_to),
                    else_=FollowNews.told_to,
                ),
            },
            where=None if anew else FollowNews.due_at.is_(None),
        )
    )


def _wishes(people: Sequence[UUID]) -> Select[Any]:
    columns: list[Any] = [
        Person.id,
        QuietHours.begins,
        QuietHours.ends,
        null().label("volume"),
        chosen_by(Person.id, FOLLOWS.key).label("chosen"),
        exists().where(Follow.person_id == Person.id).label("follows"),
    ]
    return (
        select(*columns)
        .join(Account, Account.id == Person.account_id)
        .outerjoin(QuietHours, QuietHours.person_id == Person.id)
        .where(Person.id.in_(people), Account.closed_at.is_(None))
        .order_by(Person.id)
    )


def _hour(moment: datetime) -> datetime:
    """Return the full hour, which is all that posts under a reference say of when they came."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _due(row: Any, now: datetime) -> datetime | None:
    wishes = wishes_of(row)
    return wishes.due(wishes.frequency(FOLLOWS, Channel.MAIL), now)


async def take_news(session: Session, people: Sequence[UUID], before: datetime) -> dict[UUID, News]:
    """Return what is due to be told to some people, and have it told: a second run finds nothing.

    What they were told of otherwise, or have read in their feed, is no news. Who has none is left
    out.
    """
    taken = (await session.execute(_taken(people, before))).all()
    if not taken:
        return {}
    until, due = _hour(before - _BEING_FILED), [row.person_id for row in taken]
    told = update(FollowNews).where(FollowNews.person_id.in_(due))
    await session.execute(told.values(told_to=func.greatest(FollowNews.told_to, until)))
    await plan_news(session, due)
    since = {
        row.person_id: max(row.told_to, row.read_to + _JUST_AFTER) if row.read_to else row.told_to
        for row in taken
    }
    reader = SessionReader(session)
    found = await new_posts(reader, since, until=until, kept=_UNTOLD, most=NAMED)
    return {
        row.person_id: News(
            person_id=row.person_id,
            name=row.name,
            email=row.email,
            locale=row.locale,
            until=until,
            posts=found[row.person_id],
        )
        for row in taken
        if row.person_id in found
    }


def _taken(people: Sequence[UUID], before: datetime) -> Select[Any]:
    columns: list[Any] = [
        FollowNews.person_id,
        FollowNews.told_to,
        FeedPosition.at.label("read_to"),
        Person.name,
        Account.email,
        Account.locale,
    ]
    return (
        select(*columns)
        .join(Person, Person.id == FollowNews.person_id)
        .join(Account, Account.id == Person.account_id)
        .outerjoin(FeedPosition, FeedPosition.person_id == FollowNews.person_id)
        .where(
            FollowNews.person_id.in_(people),
            FollowNews.due_at <= before,
            Account.closed_at.is_(None),
        )
        .order_by(FollowNews.person_id)
        .with_for_update(of=FollowNews, skip_locked=True)
    )
