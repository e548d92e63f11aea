"""What guests without an account are mailed: a link that confirms, and what becomes of them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_, as_locale, translate
from app.core.letters import Letter, Line, Supplement
from app.core.mailing import Posting, send_letters
from app.core.reads import SessionReader
from app.core.settings import settings
from app.features.events.answering import key_of
from app.features.events.deciding import OccurrenceChanged, OccurrenceRestored
from app.features.events.enclosing import supplement_of
from app.features.events.nearing import DateNear
from app.features.events.policy import IN_LINE
from app.features.events.registering import GuestRegistered
from app.features.events.registrations import read_for_holders
from app.features.events.seating import RegistrationChanged, day_of, own_times
from app.features.events.sentences import CANCELLED, CHANGED, MOVED, RESTORED, SAID
from app.features.posts.events.dates import OccurrenceCancelled, OccurrenceMoved
from app.models.occurrences import Occurrence, Registration, RegistrationState
from app.models.posts import Post

_HELLO: Final = N_("Guten Tag, %(name)s,")
_ASKED: Final = N_(
    "bitte bestätigen Sie Ihre Anmeldung zu „%(event)s“ am %(day)s. Erst dann gilt sie. Wenn Sie "
    "sich nicht angemeldet haben, tun Sie bitte nichts."
)
_NEAR: Final = N_("wir erinnern Sie an „%(event)s“ am %(day)s.")
_CONFIRM: Final = N_("Bestätigen")
_LOOK: Final = N_("Anmeldung ansehen oder absagen")


@on(GuestRegistered)
async def ask_to_confirm(session: Session, event: GuestRegistered) -> None:
    """Mail the key; who is registered already is told how things stand."""
    registration = await session.get(Registration, event.registration_id)
    if registration is None:
        return
    is_new = registration.state == RegistrationState.UNCONFIRMED
    text = _ASKED if is_new else SAID.get(registration.state, "")
    if text:
        await _mail(session, text, [(registration, None)])


@on(RegistrationChanged)
async def tell_guest(session: Session, event: RegistrationChanged) -> None:
    """Mail a guest what became of their registration."""
    registration = await session.get(Registration, event.registration_id)
    if registration is not None and event.state in SAID:
        key = f"registration:{registration.id}:{event.state}"
        await _mail(session, SAID[event.state], [(registration, key)])


@on(DateNear)
async def remind_guest(session: Session, event: DateNear) -> None:
    """Mail a guest the day before, if they still come."""
    registration = await session.get(Registration, event.registration_id)
    if registration is not None and registration.state == RegistrationState.CONFIRMED:
        key = f"registration:{registration.id}:near:{event.starts_at}"
        await _mail(session, _NEAR, [(registration, key)])


@on(OccurrenceMoved)
async def tell_guests_of_a_move(session: Session, event: OccurrenceMoved) -> None:
    """Mail every guest in line when the date is now."""
    await _mail_all(session, event.occurrence_id, MOVED, event.sequence)


@on(OccurrenceCancelled)
async def tell_guests_of_a_cancellation(session: Session, event: OccurrenceCancelled) -> None:
    """Mail every guest in line that the date is cancelled."""
    await _mail_all(session, event.occurrence_id, CANCELLED, event.sequence)


@on(OccurrenceRestored)
async def tell_guests_of_a_return(session: Session, event: OccurrenceRestored) -> None:
    """Mail every guest in line that the date is held after all."""
    await _mail_all(session, event.occurrence_id, RESTORED, event.sequence)


@on(OccurrenceChanged)
async def tell_guests_of_a_change(session: Session, event: OccurrenceChanged) -> None:
    """Mail every guest in line that something is different."""
    await _mail_all(session, event.occurrence_id, CHANGED, event.sequence)


async def _mail_all(session: Session, occurrence_id: UUID, text: str, sequence: int) -> None:
    guests = await session.scalars(
        select(Registration)
        .where(
            Registration.occurrence_id == occurrence_id,
            Registration.guest_key.is_not(None),
            Registration.is_walk_in.is_(False),  # whose address nobody has confirmed
            Registration.state.in_(IN_LINE),
        )
        .order_by(Registration.number)
    )
    about = f"occurrence:{occurrence_id}:{sequence}"
    await _mail(session, text, [(guest, f"{about}:{guest.id}") for guest in guests])


async def _mail(
    session: Session, text: str, guests: Sequence[tuple[Registration, str | None]]
) -> None:
    """Mail guests of one date, each under a key; who has an account gets no mail from here."""
    reached = {guest.id: (guest, key) for guest, key in guests if guest.guest_email}
    postings: list[Posting] = []
    for view in await read_for_holders(SessionReader(session), list(reached)):
        guest, key = reached[view.row.id]
        occurrence = await session.get_one(Occurrence, guest.occurrence_id)
        post = await session.get_one(Post, occurrence.post_id)
        locale = as_locale(guest.locale)
        said = _params(guest, occurrence, post)
        supplement = supplement_of(session, view, locale)
        posting = Posting(
            to=guest.guest_email or "",
            subject=translate(N_("„%(event)s“ am %(day)s"), locale, **said),
            letter=_letter(guest, translate(text, locale, **said), said, post, supplement),
            locale=locale,
            dedup_key=key,
        )
        postings.append(posting)
    await send_letters(session, postings)


def _params(guest: Registration, occurrence: Occurrence, post: Post) -> dict[str, Any]:
    zone = post.details["time_zone"]
    starts, _ = own_times(post.details, guest.slot, occurrence.starts_at, occurrence.ends_at)
    until = day_of(guest.offered_until, zone) if guest.offered_until else ""
    return {
        "event": post.title,
        "day": day_of(starts, zone),
        "name": guest.guest_name or "",
        "until": until,
        "venue": occurrence.venue or post.details.get("venue", ""),
        "note": occurrence.note,
        "link": post.details.get("online_link", ""),
    }


def _letter(
    guest: Registration, text: str, said: dict[str, Any], post: Post, supplement: Supplement
) -> Letter:
    locale = as_locale(guest.locale)
    base = settings().base_url.rstrip("/")
    paragraphs = [translate(_HELLO, locale, **said), text]
    if guest.state in IN_LINE:
        if said["venue"]:
            paragraphs.append(translate(N_("Ort: %(venue)s"), locale, **said))
        if said["note"]:
            paragraphs.append(translate(N_("Hinweis: %(note)s"), locale, **said))
    if guest.state == RegistrationState.CONFIRMED and said["link"]:
        paragraphs.append(translate(N_("Online nehmen Sie hier teil: %(link)s"), locale, **said))
    paragraphs += supplement.paragraphs
    confirms = {RegistrationState.UNCONFIRMED, RegistrationState.OFFERED}
    what = _CONFIRM if guest.state in confirms else _LOOK
    button = Line(
        text=translate(what, locale), link=f"{base}/guest-registrations?key={key_of(guest.id)}"
    )
    about = Line(text=post.title, link=f"{base}/posts/{post.id}")
    return Letter(
        paragraphs=paragraphs,
        picture=supplement.picture,
        button=button,
        small=[about],
        enclosures=supplement.enclosures,
    )
