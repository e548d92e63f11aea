"""What somebody is registered for, as a calendar of their own, or as a file of one date."""

from datetime import timedelta
from typing import Final

from app.core import clock
from app.core.actor import Actor
from app.core.asking import label_of
from app.core.i18n import N_, Locale, translate
from app.core.paging import MAX_LIMIT, Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.edge.calendars import file_of
from app.edge.channels import Channel, Entry, Standing
from app.edge.post_entries import post_entry
from app.features.events.calendar import calendar_dates
from app.features.events.holding import held_events
from app.features.events.registrations import RegistrationView, own_registrations
from app.features.posts.occasions import Occasion
from app.models.occurrences import OccurrenceState, RegistrationState

_SINCE: Final = timedelta(days=30)  # what is over stays that long
_CERTAIN: Final = {RegistrationState.CONFIRMED, RegistrationState.ATTENDED}
_GONE: Final = {
    RegistrationState.CANCELLED,
    RegistrationState.DECLINED,
    RegistrationState.LAPSED,
}


def path_of(secret: str, *, with_held: bool = False) -> str:
    """Return where the calendar behind a secret link is found, or the one with what is held."""
    return f"/api/v1/calendars/{secret}.ics{'?held=true' if with_held else ''}"


async def own_channel(
    reader: Reader, actor: Actor, secret: str, *, with_held: bool = False
) -> Channel:
    """Return what ``actor`` is registered for, as a calendar to be found by a secret link.

    With ``with_held`` also the events that they hold, as everybody's calendars have them.
    """
    page = await own_registrations(reader, actor, Paging(MAX_LIMIT), since=clock.now() - _SINCE)
    title = f"{translate(N_('Meine Termine'))} – {settings().site.name}"
    entries = [_entry(view, actor.locale) for view in page.items]
    if with_held:
        rows = await held_events(reader, actor)
        dates = await calendar_dates(reader, rows)
        entries += [post_entry(row, dates.get(row.id)) for row in rows]
    path = path_of(secret, with_held=with_held)
    return Channel(title, "/me/registrations", path, actor.locale, entries)


def date_file(view: RegistrationView, locale: Locale) -> bytes:
    """Return the date of a registration as a file, the same as in the calendar of its holder."""
    return file_of(_entry(view, locale))


def _entry(view: RegistrationView, locale: Locale) -> Entry:
    row = view.row
    is_certain = row.state in _CERTAIN
    said = "" if is_certain else translate(label_of(RegistrationState(row.state)), locale)
    status = "CONFIRMED" if is_certain else "TENTATIVE"
    if row.state in _GONE:
        status = "CANCELLED"
    if row.occurrence_state == OccurrenceState.CANCELLED:
        said, status = translate(N_("abgesagt"), locale), "CANCELLED"
    return Entry(
        id=str(row.id),
        title=row.title,
        path=f"/occurrences/{row.occurrence_id}",
        published=row.registered_at,
        updated=max(row.updated_at, row.date_updated_at),
        text=row.note,
        author=row.organizer_company_name or row.organizer_name,
        author_path=(
            f"/companies/{row.organizer_company_slug}"
            if row.organizer_company_slug
            else f"/people/{row.organizer_slug}"
        ),
        place=", ".join(filter(None, [row.venue or row.details.get("venue"), row.place_name])),
        occasions=[Occasion("date", said[:1].upper() + said[1:], view.starts_at, view.ends_at)],
        mine=Standing(status, row.version + row.sequence, view.online_link),
    )
