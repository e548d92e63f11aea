"""What comes with mails about a registration: its date for calendars, and the code for the door.

It is as much as the page of the registration shows its holder at that moment.
"""

from io import BytesIO
from typing import Any, Final, Protocol

import segno
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.i18n import N_, Locale, translate
from app.core.letters import Enclosure, Picture, Supplement
from app.features.events.policy import COMING
from app.features.events.registrations import RegistrationView
from app.models.occurrences import OccurrenceState

_FILE: Final = N_("termin.ics")
_CALENDAR: Final = {"method": "PUBLISH", "charset": "utf-8"}
_COMES: Final = N_("Der Termin liegt als Datei für Ihren Kalender bei.")
_GOES: Final = N_("Die beiliegende Datei sagt Ihrem Kalender, dass der Termin für Sie entfällt.")
_CODE: Final = N_("Ihr Code für den Einlass: %(code)s")
_PICTURE: Final = N_("QR-Code für den Einlass: %(code)s")


class DateStationery(Protocol):
    """What writes the dates that come with letters."""

    def date_file(self, view: RegistrationView, locale: Locale) -> bytes:
        """Return the date of a registration as iCalendar, the same as in its holder's calendar."""


def supplement_of(session: Session, view: RegistrationView, locale: Locale) -> Supplement:
    """Return what a mail to the holder of a registration brings along.

    Calendars learn of a place that is confirmed, and again when it no longer is, or the date is
    off. The code comes while the date is still to be held.
    """
    row = view.row
    if not row.confirmed_at:
        return Supplement()
    is_held = row.state in COMING and row.occurrence_state != OccurrenceState.CANCELLED
    stationery: DateStationery = session.info["stationery"]
    enclosure = Enclosure(
        name=translate(_FILE, locale),
        media_type="text/calendar",
        content=stationery.date_file(view, locale),
        parameters=_CALENDAR,
    )
    paragraphs = [translate(_COMES if is_held else _GOES, locale)]
    picture = None
    if is_held and view.check_in_url and view.ends_at > clock.now():
        paragraphs.append(translate(_CODE, locale, code=row.code))
        said = translate(_PICTURE, locale, code=row.code)
        picture = Picture(content=_drawn(view.check_in_url), text=said)
    return Supplement(paragraphs=paragraphs, picture=picture, enclosures=[enclosure])


def _drawn(address: str) -> bytes:
    out: Any = BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="png", scale=8, border=4, light="#ffffff"
    )
    content: bytes = out.getvalue()
    return content
