"""Events: consultation days, meetings, fairs and deadlines, once or again and again."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from app.core import clock
from app.core.asking import Asked
from app.core.i18n import N_
from app.core.local_time import LocalTime, zone_names
from app.core.text import Line, Url
from app.features.posts.events.dates import keep_dates
from app.features.posts.events.losing import find_lost_dates
from app.features.posts.events.rules import (
    RuleUnreadableError,
    Series,
    begins_on_rule,
    last_end,
    next_start,
    read_rule,
)
from app.features.posts.events.terms import (
    Accessibility,
    Attendance,
    EventType,
    HolidayRule,
    Participation,
    Repetition,
)
from app.features.posts.facets import at_most, choice, includes
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import Details, Disclosure, Kind, Lifetime, Topic, refuse
from app.features.posts.kinds.event_structure import structured_event
from app.features.posts.kinds.work import NEW_SINCE, Day, occupation_in
from app.reference.codes import SectionCode, section_choices
from app.reference.occupations import OccupationName, occupation_choices

_WHEN, _AGAIN, _WHERE = N_("Wann"), N_("Wiederholung"), N_("Wo")
_PART, _MORE, _FOR = N_("Teilnahme"), N_("Weitere Angaben"), N_("Für wen")
MOST_QUESTIONS = 5
_LONGEST_DATE = timedelta(days=31)


class Event(Details):
    kind: Annotated[Literal["event"], Asked(N_("Art"), widget="hidden")] = "event"
    event_type: Annotated[EventType, Asked(N_("Art der Veranstaltung"))] = EventType.MEETING
    starts_at: Annotated[
        LocalTime,
        Field(description="When the first date begins, in local time; of a deadline, when it is."),
        Asked(N_("Beginn"), hint=N_("Bei einer Frist: ihr Ende"), group=_WHEN),
    ]
    ends_at: Annotated[
        LocalTime | None,
        Field(description="When the first date ends; a deadline needs none."),
        Asked(N_("Ende"), group=_WHEN),
    ] = None
    time_zone: Annotated[
        str,
        Line(60),
        Field(description="The IANA zone of all times here, which are local."),
        Asked(N_("Zeitzone"), widget="hidden"),
    ] = "Europe/Berlin"
    repetition: Annotated[
        Repetition,
        Field(description="By default `rule` where there is a `recurrence_rule`, else `once`."),
        Asked(N_("Wie oft"), group=_AGAIN),
    ] = Repetition.ONCE
    repeats_until: Annotated[
        Day | None,
        Field(description="The last day; null repeats without end."),
        Asked(N_("Wiederholt bis"), hint=N_("Ohne Angabe: bis auf Weiteres"), group=_AGAIN),
    ] = None
    holiday_rule: Annotated[
        HolidayRule,
        Field(
            description="What is proposed for dates on a public holiday of the state that the "
            "place lies in."
        ),
        Asked(N_("Ein Termin am Feiertag"), group=_AGAIN),
    ] = HolidayRule.KEEP
    recurrence_rule: Annotated[
        str,
        Line(200, 0),
        Field(
            description="With `rule`: an RRULE of RFC 5545 of FREQ (DAILY to YEARLY), INTERVAL, "
            "COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST; its UNTIL becomes "
            "`repeats_until`."
        ),
        Asked(
            N_("Eigene Regel"),
            hint=N_("Nur bei „nach eigener Regel“: FREQ=MONTHLY;BYDAY=1TH,3TH"),
            group=_MORE,
            folded=True,
        ),
    ] = ""
    more_dates: Annotated[
        list[LocalTime],
        Field(max_length=100, description="When further dates begin, in local time (RDATE)."),
        Asked(
            N_("Zusätzliche Termine"),
            hint=N_("Einer je Zeile: 14.01.2027 14:00"),
            widget="lines",
            group=_MORE,
            folded=True,
        ),
    ] = []
    attendance: Annotated[
        Attendance,
        Field(description="Of the type `online` always `online`."),
        Asked(N_("Teilnahme vor Ort oder online"), group=_WHERE),
    ] = Attendance.ON_SITE
    venue: Annotated[
        str,
        Line(200, 0),
        Asked(N_("Adresse und Raum"), hint=N_("Die Gemeinde steht unter „Ort“."), group=_WHERE),
    ] = ""
    online_link: Annotated[
        Url | Literal[""],
        Field(
            description="Only you see it here; others once their registration is confirmed.",
        ),
        Disclosure.KEEPER,
        Asked(
            N_("Link zur Online-Teilnahme"),
            hint=N_("Nur wer angemeldet ist, sieht ihn."),
            widget="url",
            group=_WHERE,
        ),
    ] = ""
    participation: Annotated[Participation, Asked(N_("Anmeldung"), group=_PART)] = (
        Participation.OPEN
    )
    slot_minutes: Annotated[
        Annotated[int, Field(ge=5, le=480)] | None,
        Field(description="With `slots`: how long one is."),
        Asked(
            N_("Minuten je Zeitfenster"),
            hint=N_("Nur bei Zeitfenstern, etwa 20"),
            group=_PART,
        ),
    ] = None
    capacity: Annotated[
        Annotated[int, Field(ge=1, le=100_000)] | None,
        Field(description="Places of one date, or of one slot (there 1 by default); null: any."),
        Asked(N_("Plätze"), hint=N_("Je Termin; bei Zeitfenstern je Zeitfenster"), group=_PART),
    ] = None
    has_waiting_list: Annotated[
        bool, Asked(N_("Warteliste, wenn alle Plätze vergeben sind"), group=_PART)
    ] = True
    places_per_company: Annotated[
        Annotated[int, Field(ge=1, le=1_000)] | None,
        Field(description="The most that one company gets of a date."),
        Asked(N_("Höchstens je Unternehmen"), group=_PART, folded=True),
    ] = None
    needs_approval: Annotated[
        bool, Asked(N_("Anmeldungen gelten erst nach Zusage"), group=_PART, folded=True)
    ] = False
    closes_hours_before: Annotated[
        int,
        Field(ge=0, le=8_760, description="How long before a date registration closes."),
        Asked(
            N_("Anmeldeschluss (Stunden vor Beginn)"),
            hint=N_("0 bedeutet: bis zum Beginn. 24 bedeutet: bis einen Tag vorher."),
            group=_PART,
            folded=True,
        ),
    ] = 0
    questions: Annotated[
        list[Annotated[str, Line(200)]],
        Field(max_length=MOST_QUESTIONS, description="Who registers answers them."),
        Asked(
            N_("Fragen an Teilnehmende"),
            hint=N_("Eine je Zeile, höchstens fünf"),
            widget="lines",
            group=_PART,
            folded=True,
        ),
    ] = []
    price_eur: Annotated[
        float,
        Field(ge=0, le=100_000, description="Euros for one person; 0 is free."),
        Asked(N_("Preis in Euro"), hint=N_("0 bedeutet kostenlos."), group=_PART),
    ] = 0
    for_whom: Annotated[
        str,
        Line(200, 0),
        Asked(N_("Zielgruppe"), hint=N_("Zum Beispiel Ausbildungsbetriebe"), group=_FOR),
    ] = ""
    occupation: Annotated[
        OccupationName | Literal[""],
        Asked(N_("Beruf"), widget="text", choices=occupation_choices, group=_FOR, folded=True),
    ] = ""
    wz2008_sections: Annotated[
        list[SectionCode],
        Field(max_length=21, description="Sections of WZ 2008; none: all."),
        Asked(
            N_("Branchen"),
            choices=section_choices,
            widget="checkboxes",
            group=_FOR,
            folded=True,
        ),
    ] = []
    accessibility: Annotated[
        list[Accessibility],
        Field(max_length=5),
        Asked(N_("Barrierefreiheit"), group=_FOR, folded=True),
    ] = []
    url: Annotated[
        Url | Literal[""],
        Asked(N_("Internetseite dazu"), widget="url", group=_FOR, folded=True),
    ] = ""

    @field_validator("more_dates")
    @classmethod
    def _in_order(cls, dates: list[datetime]) -> list[datetime]:
        return sorted(set(dates))

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in zone_names():
            refuse("zone_unknown", N_("Diese Zeitzone gibt es nicht."))
        return zone

    @model_validator(mode="after")
    def _fits_together(self) -> "Event":
        self._read_rule()
        if self.event_type == EventType.ONLINE:
            self.__dict__["attendance"] = Attendance.ONLINE
        if self.event_type == EventType.DEADLINE:
            self.__dict__["participation"] = Participation.NONE
        elif self.ends_at is None:
            refuse("end_missing", N_("Wann endet die Veranstaltung?"), at="ends_at")
        length = (self.ends_at or self.starts_at) - self.starts_at
        if length < timedelta() or length > _LONGEST_DATE:
            text = N_("Das Ende liegt nach dem Beginn, höchstens 31 Tage.")
            refuse("end_before_start", text, at="ends_at")
        if self.repeats_until and self.repeats_until < self.starts_at.date():
            text = N_("Dieser Tag liegt vor dem ersten Termin.")
            refuse("repeats_until_too_early", text, at="repeats_until")
        if not begins_on_rule(self.series):
            text = N_("Der erste Termin liegt auf keinem Tag, den die Regel nennt.")
            refuse("first_date_off_rule", text, at="starts_at")
        self._check_slots(length)
        return self

    def _read_rule(self) -> None:
        if self.recurrence_rule and self.repetition == Repetition.ONCE:
            self.__dict__["repetition"] = Repetition.RULE
        if self.repetition != Repetition.RULE:
            if self.recurrence_rule:
                text = N_("Eine eigene Regel gilt nur mit „nach eigener Regel“.")
                refuse("rule_out_of_place", text, at="recurrence_rule")
            return
        try:
            rule = read_rule(self.recurrence_rule, self.time_zone)
        except RuleUnreadableError:
            text = N_("Diese Regel ist keine RRULE nach RFC 5545, oder sie gilt mehrmals am Tag.")
            refuse("rule_unreadable", text, at="recurrence_rule")
        until = rule.until or self.repeats_until
        if until and "COUNT=" in rule.text:
            text = N_("Eine Regel endet nach einer Anzahl (COUNT) oder an einem Tag, nicht beides.")
            refuse("rule_ends_twice", text, at="recurrence_rule")
        self.__dict__.update(recurrence_rule=rule.text, repeats_until=until)

    def _check_slots(self, length: timedelta) -> None:
        if self.participation != Participation.SLOTS:
            return
        if self.slot_minutes is None or timedelta(minutes=self.slot_minutes) > length:
            text = N_("Wie lang ist ein Zeitfenster? Es passt in die Zeit der Veranstaltung.")
            refuse("slot_minutes_missing", text, at="slot_minutes")

    @property
    def series(self) -> Series:
        """When it is held."""
        return Series.of(self)

    @property
    def slots(self) -> int:
        """How many slots one date has; none where there are no slots."""
        if self.participation != Participation.SLOTS or self.slot_minutes is None:
            return 0
        return self.series.length // timedelta(minutes=self.slot_minutes)


def _ends(details: Event) -> datetime | None:
    """Return when the last date is over."""
    return last_end(details.series)


def _due(details: Event) -> datetime | None:
    """Return when the next date begins, or the first did."""
    return next_start(details.series, clock.now()) or details.starts_at.replace(
        tzinfo=ZoneInfo(details.time_zone)
    )


def _suggests(today: date) -> dict[str, Any]:
    """Begin the form in a week, in the afternoon."""
    day = today + timedelta(days=7)
    return {"starts_at": f"{day}T14:00", "ends_at": f"{day}T17:00"}


KIND = Kind(
    Event,
    label=N_("Veranstaltung"),
    plural=N_("Veranstaltungen"),
    hint=N_("Sprechtag, Treffen, Seminar, Messe oder Frist, einmal oder regelmäßig"),
    example=Event(
        event_type=EventType.CONSULTATION_DAY,
        starts_at=datetime(2027, 1, 7, 14),  # noqa: DTZ001 - local on purpose
        ends_at=datetime(2027, 1, 7, 17),  # noqa: DTZ001
        repetition=Repetition.MONTHLY_BY_WEEKDAY,
        holiday_rule=HolidayRule.MOVE,
        venue="Regionalbüro, Raum 2",
        participation=Participation.SLOTS,
        slot_minutes=20,
        for_whom="Ausbildungsbetriebe und alle, die Rat suchen",
        accessibility=[Accessibility.WHEELCHAIR],
    ),
    structured=structured_event,
    topic=Topic.TALK,
    lifetime=Lifetime(days=366, longest_days=3_660, ends=_ends, may_be_reserved=False),
    facets=(
        choice(Event, "event_type"),
        choice(Event, "participation"),
        choice(Event, "attendance"),
        includes(Event, "accessibility"),
        at_most("price_eur", "price_to_eur", N_("Preis bis (€)")),
        occupation_in("occupation"),
        includes(Event, "wz2008_sections", "for_sector", label=N_("Für Branche")),
        NEW_SINCE,
    ),
    suggests=_suggests,
    due=_due,
    index=keep_dates,
    loses=find_lost_dates,
    prefix="VER",
    on_card=("event_type", "repetition", "venue", "participation", "price_eur"),
    inquiry=InquiryForm(label=N_("Zur Veranstaltung anfragen"), takes_files=False),
)
