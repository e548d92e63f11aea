"""Telling people that a calendar which is read for them can be read no more."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.events.fetching import CalendarNotRead
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Wording
from app.models.calendars import CalendarState, SubscribedCalendar

_TOLD: Final = {
    CalendarState.UNREACHABLE: Wording(
        "calendar.unreachable",
        topics.CALENDARS,
        N_(
            "Ihr Kalender bei %(host)s antwortet nicht mehr. An den Veranstaltungen wurde nichts "
            "geändert; wir versuchen es weiter."
        ),
    ),
    CalendarState.UNREADABLE: Wording(
        "calendar.unreadable",
        topics.CALENDARS,
        N_(
            "Was bei %(host)s liegt, ist kein lesbarer Kalender mehr. An den Veranstaltungen wurde "
            "nichts geändert; wir versuchen es weiter."
        ),
    ),
    CalendarState.REFUSED: Wording(
        "calendar.refused",
        topics.CALENDARS,
        N_(
            "Aus Ihrem Kalender bei %(host)s veröffentlichen wir nichts mehr: Sie sprechen nicht "
            "mehr für das Unternehmen, oder ihm fehlt das Impressum."
        ),
    ),
}


@on(CalendarNotRead)
async def tell_of_a_calendar(session: Session, event: CalendarNotRead) -> None:
    """Tell who entered it, once for each time that it goes wrong."""
    calendar = await session.get(SubscribedCalendar, event.calendar_id)
    if calendar is None:
        return
    host = calendar.url.partition("://")[2].partition("/")[0]  # the rest may be a secret
    await tell(
        session,
        _TOLD[event.state],
        [calendar.person_id],
        params={"host": host},
        path="/me/calendars",
        dedup_key=f"calendar:{calendar.id}:{event.state}:{calendar.read_at}",
    )
