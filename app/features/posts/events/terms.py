"""The words of events: what they are, how often they are held, and how one takes part."""

from enum import StrEnum

from app.core.asking import label
from app.core.i18n import N_
from app.models.occurrences import OccurrenceState, Proposal, RegistrationState


class EventType(StrEnum):
    """What somebody comes to, or must not miss."""

    CONSULTATION_DAY = "consultation_day"
    MEETING = "meeting"
    WORKING_GROUP = "working_group"
    SEMINAR = "seminar"
    FAIR = "fair"
    COMMITTEE = "committee"
    ONLINE = "online"
    DEADLINE = "deadline"


class Attendance(StrEnum):
    """Where one takes part."""

    ON_SITE = "on_site"
    ONLINE = "online"
    MIXED = "mixed"


class Repetition(StrEnum):
    """How often an event is held; the first date says on which day."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY_BY_WEEKDAY = "monthly_by_weekday"
    MONTHLY_BY_LAST_WEEKDAY = "monthly_by_last_weekday"
    MONTHLY_BY_DAY = "monthly_by_day"
    YEARLY = "yearly"
    RULE = "rule"


class HolidayRule(StrEnum):
    """What becomes of a date on a public holiday."""

    KEEP = "keep"
    MOVE = "move"
    CANCEL = "cancel"


class Participation(StrEnum):
    """How one takes part."""

    OPEN = "open"
    REGISTRATION = "registration"
    SLOTS = "slots"
    NONE = "none"


class Accessibility(StrEnum):
    """What helps whom to take part."""

    WHEELCHAIR = "wheelchair"
    HEARING_LOOP = "hearing_loop"
    SIGN_LANGUAGE = "sign_language"
    CAPTIONS = "captions"
    PLAIN_LANGUAGE = "plain_language"


# Members of different enums may be equal as texts, so each enum has a call of its own.
label(
    {
        EventType.CONSULTATION_DAY: N_("Sprechtag"),
        EventType.MEETING: N_("Treffen"),
        EventType.WORKING_GROUP: N_("Arbeitskreis"),
        EventType.SEMINAR: N_("Seminar"),
        EventType.FAIR: N_("Messe"),
        EventType.COMMITTEE: N_("Gremium"),
        EventType.ONLINE: N_("Online-Veranstaltung"),
        EventType.DEADLINE: N_("Frist"),
    }
)
label(
    {
        Attendance.ON_SITE: N_("vor Ort"),
        Attendance.ONLINE: N_("nur online"),
        Attendance.MIXED: N_("vor Ort und online"),
    }
)
label(
    {
        Repetition.ONCE: N_("einmal"),
        Repetition.DAILY: N_("jeden Tag"),
        Repetition.WEEKLY: N_("jede Woche"),
        Repetition.FORTNIGHTLY: N_("alle zwei Wochen"),
        Repetition.MONTHLY_BY_WEEKDAY: N_(
            "jeden Monat am selben Wochentag (wie der erste Termin, etwa am ersten Donnerstag)"
        ),
        Repetition.MONTHLY_BY_LAST_WEEKDAY: N_("jeden Monat am letzten solchen Wochentag"),
        Repetition.MONTHLY_BY_DAY: N_("jeden Monat am selben Tag (etwa am 15.)"),
        Repetition.YEARLY: N_("jedes Jahr"),
        Repetition.RULE: N_("nach eigener Regel (RRULE)"),
    }
)
label(
    {
        HolidayRule.KEEP: N_("findet statt"),
        HolidayRule.MOVE: N_("wird verschoben (Sie bestätigen den neuen Tag)"),
        HolidayRule.CANCEL: N_("fällt aus (Sie bestätigen es)"),
    }
)
label(
    {
        Participation.OPEN: N_("offen, ohne Anmeldung"),
        Participation.REGISTRATION: N_("mit Anmeldung"),
        Participation.SLOTS: N_("mit gebuchten Zeitfenstern"),
        Participation.NONE: N_("keine Teilnahme, nur ein Termin"),
    }
)
label(
    {
        Accessibility.WHEELCHAIR: N_("mit Rollstuhl zugänglich"),
        Accessibility.HEARING_LOOP: N_("Induktionsschleife"),
        Accessibility.SIGN_LANGUAGE: N_("Gebärdensprache"),
        Accessibility.CAPTIONS: N_("Untertitel"),
        Accessibility.PLAIN_LANGUAGE: N_("Leichte Sprache"),
    }
)
label(
    {
        OccurrenceState.PLANNED: N_("geplant"),
        OccurrenceState.MOVED: N_("verschoben"),
        OccurrenceState.CANCELLED: N_("abgesagt"),
    }
)
label(
    {
        Proposal.OPEN: N_("offen"),
        Proposal.ACCEPTED: N_("angenommen"),
        Proposal.DECLINED: N_("abgelehnt"),
    }
)
label(
    {
        RegistrationState.UNCONFIRMED: N_("E-Mail-Adresse noch nicht bestätigt"),
        RegistrationState.REQUESTED: N_("angefragt"),
        RegistrationState.WAITING: N_("auf der Warteliste"),
        RegistrationState.OFFERED: N_("Platz angeboten"),
        RegistrationState.CONFIRMED: N_("angemeldet"),
        RegistrationState.ATTENDED: N_("teilgenommen"),
        RegistrationState.CANCELLED: N_("abgemeldet"),
        RegistrationState.DECLINED: N_("abgelehnt"),
        RegistrationState.LAPSED: N_("Angebot verfallen"),
    }
)
