"""Lists of registrations: one's own, and for who keeps an event those for its dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired
from app.core.i18n import N_, translate
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.events import policy
from app.features.events.policy import Act, RegistrationAct
from app.features.events.reading import DateView
from app.features.events.seating import day_of, own_times
from app.features.posts.policy import kept_by
from app.features.posts.reading import FORMER_MEMBER
from app.models.companies import Company
from app.models.occurrences import (
    Occurrence,
    Registration,
    RegistrationState,
)
from app.models.people import Person
from app.models.places import Place
from app.models.posts import Post

IN_LINE = Order(
    "registrations.in_line",
    N_("Anmeldungen zu einem Termin: Wer sich zuerst angemeldet hat, steht oben."),
    Registration.number,
    Registration.id,
)
SOONEST = Order(
    "registrations.soonest",
    N_("Ihre Anmeldungen: Der nächste Termin steht oben."),
    Occurrence.starts_at,
    Registration.id,
)
LATEST = Order(
    "registrations.latest",
    N_("Ihre Anmeldungen zu vergangenen Terminen: Der letzte steht oben."),
    Occurrence.starts_at,
    Registration.id,
    descending=True,
)


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """A registration, when it is, and what may be done with it.

    ``online_link`` is for who has a confirmed place; ``check_in_url`` is the address that who
    keeps the event opens to let them in.
    """

    row: Any
    acts: frozenset[RegistrationAct]
    starts_at: datetime
    ends_at: datetime
    online_link: str | None
    check_in_url: str | None

    @property
    def name(self) -> str:
        """Who is registered."""
        if self.row.person_id and self.row.person_has_left:
            return translate(FORMER_MEMBER)
        return str(self.row.person_name or self.row.guest_name or "")


class CodeUnknown(NotFound):
    code: ClassVar[str] = "check_in_code_unknown"
    text: ClassVar[str] = N_("Zu diesem Code gibt es hier keine Anmeldung. Bitte prüfen Sie ihn.")


class CodeOfOtherDate(Conflict):
    """The code is one of the event, but for another of its dates."""

    code: ClassVar[str] = "check_in_other_date"
    text: ClassVar[str] = N_("Dieser Code gilt für einen anderen Termin: %(day)s.")


def _waiting_number() -> ColumnElement[Any]:
    """Select the place on the waiting list of a date, from 1; null for who does not wait."""
    waits = aliased(Registration)
    ahead = (
        select(func.count() + 1)
        .where(
            waits.occurrence_id == Registration.occurrence_id,
            waits.state == RegistrationState.WAITING,
            waits.number < Registration.number,
        )
        .scalar_subquery()
    )
    return case((Registration.state == RegistrationState.WAITING, ahead))


def _registrations(*, of_one: bool = False) -> Select[Any]:
    host, hosts = aliased(Person), aliased(Company)
    line = _waiting_number() if of_one else null()
    columns: list[Any] = [
        Registration.id, Registration.occurrence_id, Registration.state, Registration.number,
        Registration.slot, Registration.code, Registration.person_id, Registration.company_id,
        Registration.guest_name, Registration.guest_email, Registration.guest_company,
        Registration.answers, Registration.registered_at, Registration.offered_until,
        Registration.confirmed_at, Registration.attended_at, Registration.ended_at,
        Registration.is_walk_in, Registration.version, Registration.updated_at,
        Occurrence.sequence,
        Occurrence.updated_at.label("date_updated_at"),
        Occurrence.starts_at.label("date_starts_at"), Occurrence.ends_at.label("date_ends_at"),
        Occurrence.state.label("occurrence_state"), Occurrence.venue, Occurrence.note,
        Post.id.label("post_id"), Post.title, Post.details,
        Person.name.label("person_name"), Person.slug.label("person_slug"),
        Person.left_at.is_not(None).label("person_has_left"),
        Company.name.label("company_name"), Company.slug.label("company_slug"),
        host.name.label("organizer_name"), host.slug.label("organizer_slug"),
        hosts.name.label("organizer_company_name"), hosts.slug.label("organizer_company_slug"),
        Place.name.label("place_name"), line.label("waiting_number"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Occurrence, Occurrence.id == Registration.occurrence_id)
        .join(Post, Post.id == Occurrence.post_id)
        .outerjoin(host, host.id == Post.author_id)
        .outerjoin(hosts, hosts.id == Post.company_id)
        .outerjoin(Place, Place.id == Post.place_id)
        .outerjoin(Person, Person.id == Registration.person_id)
        .outerjoin(Company, Company.id == Registration.company_id)
    )


@prepared
def _of_date(actor: Actor, *, after: bool) -> Select[Any]:
    query = _registrations().where(
        Registration.occurrence_id == bound("occurrence_id", Uuid()),
        Registration.number.is_not(None),
        kept_by(actor),
    )
    return IN_LINE.page(query, after=after)


@prepared
def _everybody(actor: Actor) -> Select[Any]:
    return (
        _registrations()
        .where(
            Registration.occurrence_id == bound("occurrence_id", Uuid()),
            Registration.state.in_(policy.IN_LINE),
            kept_by(actor),
        )
        .order_by(Registration.number)
    )


@prepared
def _by_code(actor: Actor) -> Select[Any]:
    here = Registration.occurrence_id == bound("occurrence_id", Uuid())
    return (
        _registrations()
        .where(
            Occurrence.post_id == bound("post_id", Uuid()),
            Registration.code == bound("code", Text()),
            Registration.number.is_not(None),
            kept_by(actor),
        )
        .order_by(here.desc(), Occurrence.starts_at)
        .limit(1)
    )


@prepared
def _own(actor: Actor, *, after: bool) -> Select[Any]:
    query = _registrations(of_one=True).where(
        Registration.person_id == actor.person_id,
        Registration.state.in_(policy.IN_LINE),
        Occurrence.ends_at > bound("since", DateTime(timezone=True)),
    )
    return SOONEST.page(query, after=after)


@prepared
def _past(actor: Actor, *, after: bool) -> Select[Any]:
    query = _registrations().where(
        Registration.person_id == actor.person_id,
        Registration.state.in_(policy.COMING),
        Occurrence.ends_at <= bound("now", DateTime(timezone=True)),
    )
    return LATEST.page(query, after=after)


@prepared
def _one(actor: Actor) -> Select[Any]:
    kept = kept_by(actor).label("is_kept_by_me")
    return (
        _registrations(of_one=True)
        .add_columns(kept)
        .where(Registration.id == bound("registration_id", Uuid()), policy.sees_registration(actor))
    )


@prepared
def _of_guest() -> Select[Any]:
    return _registrations(of_one=True).where(Registration.id == bound("registration_id", Uuid()))


def _check_keeper(actor: Actor, date: DateView) -> None:
    if not actor.is_signed_in:
        raise SignInRequired
    if Act.SEE_REGISTRATIONS not in date.acts:
        raise Forbidden


@prepared
def _of_holders() -> Select[Any]:
    ids = ARRAY(Uuid())
    return _registrations().where(
        or_(
            Registration.id == any_(bound("ids", ids)),
            and_(
                Registration.occurrence_id == any_(bound("dates", ids)),
                Registration.person_id == any_(bound("people", ids)),
                Registration.state.in_(policy.IN_LINE),
            ),
        )
    )


async def list_registrations(
    reader: Reader, actor: Actor, date: DateView, paging: Paging
) -> Page[RegistrationView]:
    """Return who is registered for a date that was read, and who waits; for its keepers only."""
    _check_keeper(actor, date)
    read = _of_date(actor.shape, after=paging.cursor is not None)
    given = {"occurrence_id": date.row.id, "me": actor.person_id}
    page = await IN_LINE.fetch(reader, read, paging, given)
    return page.map(lambda row: _view(actor, row, keeps=True))


async def everybody_in_line(reader: Reader, actor: Actor, date: DateView) -> list[RegistrationView]:
    """Return all at once who comes to a date that was read, waits or asks; for its keepers only."""
    _check_keeper(actor, date)
    given = {"occurrence_id": date.row.id, "me": actor.person_id}
    rows = await reader.all(_everybody(actor.shape), given)
    return [_view(actor, row, keeps=True) for row in rows]


async def find_by_code(
    reader: Reader, actor: Actor, date: Occurrence, code: str
) -> RegistrationView:
    """Return the registration for a date that shows a code, to who keeps the event.

    Letters may be small, and parts set off. Refuses what is no code of the event, and one for
    another of its dates.
    """
    said = "".join(letter for letter in code.upper() if letter.isalnum())
    given = {"occurrence_id": date.id, "post_id": date.post_id, "code": said, "me": actor.person_id}
    row = await reader.first(_by_code(actor.shape), given)
    if row is None:
        raise CodeUnknown
    if row.occurrence_id != date.id:
        raise CodeOfOtherDate(day=day_of(row.date_starts_at, row.details["time_zone"]))
    return _view(actor, row, keeps=True)


async def own_registrations(
    reader: Reader, actor: Actor, paging: Paging, *, since: datetime | None = None
) -> Page[RegistrationView]:
    """Return what ``actor`` takes part in, the next date first; by default dates not yet over."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _own(actor.shape, after=paging.cursor is not None)
    given = {"me": actor.person_id, "since": since or clock.now()}
    page = await SOONEST.fetch(reader, read, paging, given)
    return page.map(lambda row: _view(actor, row, keeps=False))


async def past_registrations(
    reader: Reader, actor: Actor, paging: Paging
) -> Page[RegistrationView]:
    """Return what ``actor`` was registered for until a date that is over, the last date first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _past(actor.shape, after=paging.cursor is not None)
    page = await LATEST.fetch(reader, read, paging, {"me": actor.person_id, "now": clock.now()})
    return page.map(lambda row: _view(actor, row, keeps=False))


async def read_registration(
    reader: Reader, actor: Actor, registration_id: UUID
) -> RegistrationView:
    """Return a registration to its holder, and to who keeps the event."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {"registration_id": registration_id, "me": actor.person_id}
    row = await reader.first(_one(actor.shape), given)
    if row is None:
        raise NotFound
    return _view(actor, row, keeps=row.is_kept_by_me)


async def read_as_guest(reader: Reader, registration_id: UUID) -> RegistrationView:
    """Return a registration to the guest who holds its key."""
    row = await reader.first(_of_guest(), {"registration_id": registration_id})
    if row is None:
        raise NotFound
    return _view(None, row, keeps=False)


async def read_for_holders(
    reader: Reader,
    registration_ids: Sequence[UUID],
    *,
    occurrence_ids: Sequence[UUID] = (),
    people: Sequence[UUID] = (),
) -> list[RegistrationView]:
    """Return registrations, and those with which people stand in line for dates, to their holders.

    For what is mailed to them and to nobody else.
    """
    given = {"ids": list(registration_ids), "dates": list(occurrence_ids), "people": list(people)}
    return [_view(None, row, keeps=False) for row in await reader.all(_of_holders(), given)]


def _view(actor: Actor | None, row: Any, *, keeps: bool) -> RegistrationView:
    is_mine = actor is None or row.person_id == actor.person_id
    here = policy.registration_standing(
        row.occurrence_state,
        row.date_starts_at,
        row.date_ends_at,
        is_mine=is_mine,
        keeps=keeps,
    )
    granted = policy.registration_acts(row.state, here)
    starts, ends = own_times(row.details, row.slot, row.date_starts_at, row.date_ends_at)
    sees_link = row.state in {RegistrationState.CONFIRMED, RegistrationState.ATTENDED}
    link = row.details.get("online_link") if sees_link and is_mine else None
    base = settings().base_url.rstrip("/")
    check_in = f"{base}/occurrences/{row.occurrence_id}/check-in/{row.code}"
    is_coming = row.state == RegistrationState.CONFIRMED
    return RegistrationView(
        row, granted, starts, ends, link or None, check_in if is_coming else None
    )
