"""Telling who takes part what becomes of it, and who keeps an event that somebody registered."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.core.letters import Supplement
from app.core.reads import SessionReader
from app.features.events.deciding import OccurrenceChanged, OccurrenceRestored
from app.features.events.enclosing import supplement_of
from app.features.events.nearing import DateNear
from app.features.events.policy import IN_LINE
from app.features.events.registrations import read_for_holders
from app.features.events.seating import RegistrationChanged, day_of, own_times
from app.features.events.sentences import CANCELLED, CHANGED, MOVED, RESTORED, SAID
from app.features.notifications import topics
from app.features.notifications.supplements import Mailed, supplements
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording
from app.features.posts.events.dates import OccurrenceCancelled, OccurrenceMoved
from app.features.posts.keeping import keepers_of
from app.models.occurrences import Occurrence, Registration, RegistrationState
from app.models.posts import Post

_HELD: Final = topics.EVENTS
_OWN: Final[dict[RegistrationState, Wording]] = {
    state: Wording(f"registration.{state}", _HELD, SAID[state])
    for state in (
        RegistrationState.CONFIRMED,
        RegistrationState.REQUESTED,
        RegistrationState.WAITING,
        RegistrationState.LAPSED,
        RegistrationState.DECLINED,
    )
}
_OWN[RegistrationState.OFFERED] = Wording(
    "registration.offered",
    _HELD,
    SAID[RegistrationState.OFFERED],
    subject=N_("Ein Platz ist frei: „%(event)s“ am %(day)s"),
)
_NEAR: Final = Wording(
    "registration.near",
    topics.EVENT_REMINDERS,
    N_("Wir erinnern Sie an „%(event)s“ am %(day)s."),
    subject=N_("Erinnerung: „%(event)s“ am %(day)s"),
)
# What who takes part has done themselves, so that who keeps the event hears of it.
_ENTERED: Final = Wording(
    "event.registered",
    topics.REGISTRATIONS,
    N_("Neue Anmeldung zu „%(event)s“ am %(day)s."),
    several=N_("%(count)s neue Anmeldungen zu „%(event)s“ am %(day)s."),
)
_ASKED: Final = Wording(
    "event.asked",
    topics.REGISTRATIONS,
    N_("Jemand möchte zu „%(event)s“ am %(day)s kommen und wartet auf Ihre Zusage."),
    several=N_("%(count)s Anmeldungen zu „%(event)s“ am %(day)s warten auf Ihre Zusage."),
)
_LEFT: Final = Wording(
    "event.left",
    topics.REGISTRATIONS,
    N_("Abmeldung von „%(event)s“ am %(day)s."),
    several=N_("%(count)s Abmeldungen von „%(event)s“ am %(day)s."),
)
_OF_KEEPERS: Final = {
    RegistrationState.CONFIRMED: _ENTERED,
    RegistrationState.REQUESTED: _ASKED,
    RegistrationState.CANCELLED: _LEFT,
}
_MOVED: Final = Wording("occurrence.moved", _HELD, MOVED)
_CANCELLED: Final = Wording("occurrence.cancelled", _HELD, CANCELLED)
_RESTORED: Final = Wording("occurrence.restored", _HELD, RESTORED)
_CHANGED: Final = Wording("occurrence.changed", _HELD, CHANGED)


@supplements(*_OWN.values(), _NEAR, _MOVED, _CANCELLED, _RESTORED, _CHANGED)
async def find_supplements(session: Session, mailed: Sequence[Mailed]) -> Mapping[UUID, Supplement]:
    """Have mails to who takes part bring the date for their calendar, and the code for the door.

    The matter of each names the registration, or the date for which somebody has one.
    """
    named = {"registration": set[UUID](), "occurrence": set[UUID]()}
    for _, told in mailed:
        about, _, number = told.matter.partition(":")
        named[about].add(UUID(number))
    views = await read_for_holders(
        SessionReader(session),
        list(named["registration"]),
        occurrence_ids=list(named["occurrence"]),
        people=[to.person_id for to, _ in mailed],
    )
    of_matter = {f"registration:{view.row.id}": view for view in views}
    of_date = {(f"occurrence:{one.row.occurrence_id}", one.row.person_id): one for one in views}
    found = {}
    for to, told in mailed:
        view = of_matter.get(told.matter) or of_date.get((told.matter, to.person_id))
        if view and view.row.person_id == to.person_id:
            found[told.id] = supplement_of(session, view, to.language)
    return found


@on(RegistrationChanged)
async def tell_of_a_registration(session: Session, event: RegistrationChanged) -> None:
    """Tell who takes part; and who keeps the event, unless they decided it themselves."""
    registration = await session.get(Registration, event.registration_id)
    if registration is None:
        return
    occurrence = await session.get_one(Occurrence, registration.occurrence_id)
    post = await session.get_one(Post, occurrence.post_id)
    params = _params(occurrence, post, registration)
    key = f"{registration.id}:{event.state}"
    if registration.person_id and event.state in _OWN:
        await tell(
            session,
            _OWN[event.state],
            [registration.person_id],
            params=params,
            path=f"/occurrences/{occurrence.id}",
            dedup_key=f"registration:{key}",
            matter=Matter(f"registration:{registration.id}"),
        )
    if event.state in _OF_KEEPERS and not event.by_organiser:
        keepers = [one for one in await keepers_of(session, post) if one != registration.person_id]
        await tell(
            session,
            _OF_KEEPERS[event.state],
            keepers,
            params={**params, "day": day_of(occurrence.starts_at, post.details["time_zone"])},
            path=f"/occurrences/{occurrence.id}/registrations",
            dedup_key=f"registrations:{key}",
            matter=Matter(f"occurrence:{occurrence.id}", post_id=post.id),
        )


@on(DateNear)
async def remind(session: Session, event: DateNear) -> None:
    """Remind somebody with an account the day before, if they still come."""
    registration = await session.get(Registration, event.registration_id)
    if registration is None or registration.state != RegistrationState.CONFIRMED:
        return
    if registration.person_id is None:
        return
    occurrence = await session.get_one(Occurrence, registration.occurrence_id)
    post = await session.get_one(Post, occurrence.post_id)
    await tell(
        session,
        _NEAR,
        [registration.person_id],
        params=_params(occurrence, post, registration),
        path=f"/occurrences/{occurrence.id}",
        dedup_key=f"registration:{registration.id}:near:{event.starts_at}",
        matter=Matter(f"registration:{registration.id}"),
    )


@on(OccurrenceMoved)
async def tell_of_a_move(session: Session, event: OccurrenceMoved) -> None:
    """Tell all in line when the date is now."""
    await _tell_all(session, _MOVED, event.occurrence_id, event.sequence)


@on(OccurrenceCancelled)
async def tell_of_a_cancellation(session: Session, event: OccurrenceCancelled) -> None:
    """Tell all in line that the date is cancelled."""
    await _tell_all(session, _CANCELLED, event.occurrence_id, event.sequence)


@on(OccurrenceRestored)
async def tell_of_a_return(session: Session, event: OccurrenceRestored) -> None:
    """Tell all in line that the date is held after all."""
    await _tell_all(session, _RESTORED, event.occurrence_id, event.sequence)


@on(OccurrenceChanged)
async def tell_of_a_change(session: Session, event: OccurrenceChanged) -> None:
    """Tell all in line that something is different."""
    await _tell_all(session, _CHANGED, event.occurrence_id, event.sequence)


async def _tell_all(session: Session, wording: Wording, occurrence_id: UUID, number: int) -> None:
    occurrence = await session.get(Occurrence, occurrence_id)
    if occurrence is None:
        return
    post = await session.get_one(Post, occurrence.post_id)
    people = await session.scalars(
        select(Registration.person_id).where(
            Registration.occurrence_id == occurrence_id,
            Registration.person_id.is_not(None),
            Registration.state.in_(IN_LINE),
        )
    )
    await tell(
        session,
        wording,
        [one for one in people if one],
        params=_params(occurrence, post, None),
        path=f"/occurrences/{occurrence.id}",
        dedup_key=f"{wording.type}:{occurrence.id}:{number}",
        matter=Matter(f"occurrence:{occurrence.id}"),
    )


def _params(
    occurrence: Occurrence, post: Post, registration: Registration | None
) -> dict[str, str]:
    zone, slot = post.details["time_zone"], registration.slot if registration else None
    starts, _ = own_times(post.details, slot, occurrence.starts_at, occurrence.ends_at)
    offered = registration.offered_until if registration else None
    return {
        "event": post.title,
        "day": day_of(starts, zone),
        "until": day_of(offered, zone) if offered else "",
    }
