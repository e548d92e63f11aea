"""What a change of an event would take away: dates that somebody decided on or reckons with."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.i18n import N_
from app.features.posts.events.dates import HOLDING, plan_dates
from app.features.posts.events.rules import local_of
from app.features.posts.examining import Finding
from app.models.occurrences import Occurrence, OccurrenceState, Registration
from app.models.posts import Post

DATES_LOST: Final = "dates_lost"
_NAMED: Final = 10
_TEXT: Final = N_(
    "Mit dieser Änderung entfallen Termine, die Sie einzeln geändert haben oder zu denen jemand "
    "angemeldet ist: %(days)s. Angemeldet sind dazu %(people)s; wer angemeldet ist, bekommt eine "
    "Absage."
)


async def find_lost_dates(session: Session, post: Post, details: Any) -> Sequence[Finding]:
    """Return a warning that names the dates to come which a new rule no longer makes.

    Those alone that were moved or made different one by one, or for which somebody is registered.
    """
    plan = await plan_dates(session, post, details)
    left = [row for row in plan.left_over if row.state != OccurrenceState.CANCELLED]
    if not left:
        return ()
    counted = await session.execute(
        select(Registration.occurrence_id, func.count().label("registered"))
        .where(
            Registration.occurrence_id.in_([row.id for row in left]),
            Registration.state.in_(HOLDING),
        )
        .group_by(Registration.occurrence_id)
    )
    people: dict[UUID, int] = {row.occurrence_id: row.registered for row in counted}
    lost = [row for row in left if row.id in people or _is_different(row)]
    if not lost:
        return ()
    zone = post.details["time_zone"]
    lost.sort(key=lambda row: row.starts_at)
    days = [local_of(row.starts_at, zone).strftime("%d.%m.%Y, %H:%M") for row in lost]
    named = [*days[:_NAMED], *(["…"] if len(days) > _NAMED else [])]
    params = {"days": "; ".join(named), "people": sum(people.values())}
    return (Finding(("details", "starts_at"), DATES_LOST, _TEXT, params),)


def _is_different(row: Occurrence) -> bool:
    """Whether somebody decided that a date is not as all others are."""
    return bool(row.state == OccurrenceState.MOVED or row.venue or row.note or row.capacity)
