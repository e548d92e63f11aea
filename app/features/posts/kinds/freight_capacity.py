"""Spare lorry capacity: a haulier offers the free part of a planned trip."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.local_time import LocalTime, in_berlin
from app.core.text import Line
from app.features.posts.facets import at_least, choice, includes
from app.features.posts.freight import hints
from app.features.posts.freight.lanes import capacity_lane, write_lane
from app.features.posts.freight.recurring import RuleUnreadableError, read_rule, starts
from app.features.posts.freight.routes import capacity_facets
from app.features.posts.freight.rule import RULE
from app.features.posts.freight.terms import (
    AdrClass,
    Body,
    Equipment,
    FreightPrice,
    LegalStatus,
    LoadingAid,
    LoadingSide,
    Recurrence,
    VehicleType,
)
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import (
    Details,
    Examined,
    Finding,
    Kind,
    Lifetime,
    Shown,
    Topic,
    refuse,
)
from app.features.posts.occasions import Occasion

_TRIP, _SPACE, _LORRY = N_("Fahrt"), N_("Freier Raum"), N_("Fahrzeug")
_REPEATED, _MATCHING = N_("Wiederholung"), N_("Umkreis, Umweg und Spielraum")
_SPECIAL = N_("Maße, Ausstattung, Gefahrgut, Temperatur")
_PRICE, _LAW = N_("Preis"), N_("Recht und Versicherung")
LONGEST_WINDOW = timedelta(days=14)
PlaceText = Annotated[str, Line(120)]
Temperature = Annotated[int, Field(ge=-40, le=40, description="In degrees Celsius.")]
PriceEur = Annotated[float, Field(ge=0, le=1_000_000, description="In euros, net, for all of it.")]


class FreightCapacity(Details):
    kind: Annotated[Literal["freight_capacity"], Asked(N_("Art"), widget="hidden")] = (
        "freight_capacity"
    )
    time_zone: Annotated[
        Literal["Europe/Berlin"],
        Field(description="The zone of all times here, which are local."),
        Asked(N_("Zeitzone"), widget="hidden"),
    ] = "Europe/Berlin"
    origin: Annotated[
        PlaceText,
        Field(description="A postcode or municipality."),
        Asked(N_("Start"), hint=N_("Postleitzahl oder Gemeinde"), group=_TRIP),
    ]
    destination: Annotated[
        str,
        Line(120, 0),
        Field(description="A postcode or municipality; empty means that it is open."),
        Asked(N_("Ziel"), hint=N_("Leer lassen, wenn das Ziel offen ist."), group=_TRIP),
    ] = ""
    departs_from: Annotated[LocalTime, Asked(N_("Abfahrt frühestens"), group=_TRIP)]
    departs_until: Annotated[LocalTime, Asked(N_("Abfahrt spätestens"), group=_TRIP)]
    arrives_by: Annotated[LocalTime | None, Asked(N_("Ankunft spätestens"), group=_TRIP)] = None
    recurrence: Annotated[
        Recurrence,
        Asked(
            N_("Wie oft"),
            hint=N_("Bei mehreren Fahrten nennen Sie unter „Wiederholung“ den letzten Tag."),
            group=_TRIP,
        ),
    ] = Recurrence.ONCE
    repeats_until: Annotated[
        date | None,
        Field(description="The last day of a trip that is repeated; at most 90 days count."),
        Asked(N_("Wiederholt bis"), group=_REPEATED, folded=True),
    ] = None
    recurrence_rule: Annotated[
        str,
        Line(120, 0),
        Field(
            description="With `rule`: an RRULE of RFC 5545, of FREQ (DAILY, WEEKLY, MONTHLY), "
            "INTERVAL, BYDAY and UNTIL; its UNTIL becomes `repeats_until`."
        ),
        Asked(
            N_("Eigene Regel"),
            hint=N_(
                "Nur bei „nach eigener Regel“: FREQ=WEEKLY;BYDAY=TU,TH für dienstags und "
                "donnerstags."
            ),
            group=_REPEATED,
            folded=True,
        ),
    ] = ""
    free_loading_metres: Annotated[
        float,
        Field(ge=0, le=16, description="Free length of a bed 2.4 m wide, in metres; at first 0.1."),
        Asked(N_("Freie Lademeter"), hint=N_("0,1 bis 16,0"), group=_SPACE),
    ]
    free_weight_kg: Annotated[
        int,
        Field(ge=0, le=28_000, description="Free payload in kilograms; at first 100."),
        Asked(N_("Freie Nutzlast in kg"), hint=N_("100 bis 28.000"), group=_SPACE),
    ]
    vehicle_type: Annotated[VehicleType, Asked(N_("Fahrzeug"), group=_LORRY)]
    has_trailer: Annotated[bool, Asked(N_("mit Anhänger"), group=_LORRY)] = False
    bodies: Annotated[
        list[Body],
        Field(min_length=1, max_length=5),
        Asked(N_("Aufbau"), group=_LORRY),
    ]
    loading_sides: Annotated[
        list[LoadingSide],
        Field(max_length=3, description="None named: from every side that the body allows."),
        Asked(N_("Beladung"), group=_LORRY),
    ] = Field(default_factory=list)
    free_volume_m3: Annotated[
        Annotated[float, Field(gt=0, le=150)] | None,
        Field(description="In cubic metres."),
        Asked(N_("Freies Volumen in m³"), group=_SPECIAL, folded=True),
    ] = None
    loading_height_m: Annotated[
        Annotated[float, Field(gt=0, le=4)] | None,
        Field(description="In metres."),
        Asked(N_("Ladehöhe in m"), group=_SPECIAL, folded=True),
    ] = None
    loading_aids: Annotated[
        list[LoadingAid], Field(max_length=3), Asked(N_("Ladehilfen"), group=_SPECIAL, folded=True)
    ] = Field(default_factory=list)
    equipment: Annotated[
        list[Equipment], Field(max_length=15), Asked(N_("Ausstattung"), group=_SPECIAL, folded=True)
    ] = Field(default_factory=list)
    adr_classes: Annotated[
        list[AdrClass],
        Field(max_length=13, description="Dangerous goods that may be loaded; none by default."),
        Asked(
            N_("Gefahrgut (ADR)"),
            hint=N_("Nur ankreuzen, was mitfahren darf."),
            group=_SPECIAL,
            folded=True,
        ),
    ] = Field(default_factory=list)
    temperature_from_c: Annotated[
        Temperature | None, Asked(N_("Temperatur von °C"), group=_SPECIAL, folded=True)
    ] = None
    temperature_to_c: Annotated[
        Temperature | None, Asked(N_("Temperatur bis °C"), group=_SPECIAL, folded=True)
    ] = None
    pickup_radius_km: Annotated[
        int,
        Field(ge=0, le=200, description="Around the origin, as the crow flies."),
        Asked(N_("Umkreis am Start in km"), group=_MATCHING, folded=True),
    ] = 30
    delivery_radius_km: Annotated[
        int,
        Field(ge=0, le=200, description="Around the destination, as the crow flies."),
        Asked(N_("Umkreis am Ziel in km"), group=_MATCHING, folded=True),
    ] = 30
    max_detour_km: Annotated[
        int,
        Field(ge=0, le=200, description="By road, estimated."),
        Asked(N_("Größter Umweg in km"), group=_MATCHING, folded=True),
    ] = 60
    tolerance_days: Annotated[
        int,
        Field(ge=0, le=2, description="By so many days the trip may be moved."),
        Asked(N_("Verschiebbar um Tage"), hint=N_("0 bis 2"), group=_MATCHING, folded=True),
    ] = 0
    price_type: Annotated[FreightPrice, Asked(N_("Preis"), group=_PRICE)]
    price_eur: Annotated[PriceEur | None, Asked(N_("Betrag in Euro (netto)"), group=_PRICE)] = None
    payment_days: Annotated[
        Annotated[int, Field(ge=0, le=120)] | None,
        Asked(N_("Zahlungsziel in Tagen"), group=_PRICE),
    ] = None
    legal_status: Annotated[
        LegalStatus,
        Asked(
            N_("Rechtsstatus"),
            hint=N_("Gegen Entgelt befördern darf nach GüKG, wer eine Erlaubnis hat."),
            group=_LAW,
        ),
    ]
    licence_number: Annotated[str, Line(40, 0), Asked(N_("Nummer der Erlaubnis"), group=_LAW)] = ""
    licence_valid_until: Annotated[date | None, Asked(N_("Erlaubnis gültig bis"), group=_LAW)] = (
        None
    )
    insurer: Annotated[
        str, Line(80, 0), Asked(N_("Haftpflichtversicherung (§ 7a GüKG)"), group=_LAW)
    ] = ""
    insured_until: Annotated[date | None, Asked(N_("Versichert bis"), group=_LAW)] = None

    @model_validator(mode="after")
    def _is_sound(self) -> "FreightCapacity":
        if self.departs_until < self.departs_from:
            refuse("window_backwards", N_("Die späteste Abfahrt liegt vor der frühesten."))
        if self.departs_until - self.departs_from > LONGEST_WINDOW:
            refuse("window_too_long", N_("Ein Zeitfenster umfasst höchstens 14 Tage."))
        if self.arrives_by and self.arrives_by < self.departs_from:
            refuse("arrives_too_early", N_("Die Ankunft liegt vor der Abfahrt."))
        if self.arrives_by and self.arrives_by - self.departs_until > LONGEST_WINDOW:
            refuse("arrives_too_late", N_("Die Ankunft liegt mehr als 14 Tage nach der Abfahrt."))
        low, high = self.temperature_from_c, self.temperature_to_c
        if low is not None and high is not None and high < low:
            refuse("temperature_backwards", N_("Die höchste Temperatur liegt unter der tiefsten."))
        if self.price_type == FreightPrice.FIXED and self.price_eur is None:
            refuse("price_missing", N_("Zu einem Festpreis gehört ein Betrag."), at="price_eur")
        if self.price_type == FreightPrice.UNPAID and self.price_eur:
            refuse("price_out_of_place", N_("Wo nichts zu zahlen ist, gehört kein Betrag hin."))
        self._repeats()
        return self

    def _repeats(self) -> None:
        """Read the rule of a trip that is repeated; refuse what is none, or has no end."""
        if self.recurrence == Recurrence.RULE:
            self._read_rule()
        elif self.recurrence_rule:
            refuse("rule_out_of_place", N_("Eine eigene Regel gilt nur mit „nach eigener Regel“."))
        if self.recurrence == Recurrence.ONCE:
            return
        if self.repeats_until is None or self.repeats_until < self.departs_from.date():
            refuse(
                "repeats_until_missing",
                N_("Bis wann wird die Fahrt wiederholt?"),
                at="repeats_until",
            )
        if starts(self)[:1] != [self.departs_from]:
            text = N_("Die erste Abfahrt liegt auf keinem Tag, an dem die Fahrt gemacht wird.")
            refuse("first_trip_off_rule", text)

    def _read_rule(self) -> None:
        try:
            rule = read_rule(self.recurrence_rule)
        except RuleUnreadableError:
            text = N_("Verstanden werden FREQ (DAILY, WEEKLY, MONTHLY), INTERVAL, BYDAY und UNTIL.")
            refuse("rule_unreadable", text, at="recurrence_rule")
        until = rule.until or self.repeats_until
        self.__dict__.update(recurrence_rule=rule.text, repeats_until=until)


def ends(trip: FreightCapacity) -> datetime:
    """Return when the last trip has arrived; without an arrival, the end of its last day."""
    if trip.recurrence != Recurrence.ONCE and trip.repeats_until:
        return in_berlin(datetime.combine(trip.repeats_until + timedelta(days=1), time()))
    if trip.arrives_by:
        return in_berlin(trip.arrives_by)
    return in_berlin(datetime.combine(trip.departs_until.date() + timedelta(days=1), time()))


def _latest(trip: FreightCapacity, published_at: datetime) -> datetime:
    """Return the end beyond which it never lives: 30 days from its first day, 90 if repeated."""
    days = 30 if trip.recurrence == Recurrence.ONCE else 90
    return max(in_berlin(trip.departs_from), published_at) + timedelta(days=days)


def _title(trip: FreightCapacity) -> str:
    return f"{trip.origin} – {trip.destination}" if trip.destination else trip.origin


def _examine(post: Examined) -> Iterable[Finding]:
    yield from hints.of_space(post.details)
    yield from hints.of_law(post.details)
    yield from hints.of_insurance(post.details)
    yield from hints.of_driving_ban(post.details)


def structured_transport(post: Shown) -> dict[str, Any]:
    """Return a transport as schema.org has it: a service that is offered, or a demand for one."""
    said: dict[str, Any] = {
        "@type": "Offer",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "availability": "https://schema.org/InStock",
        "offeredBy": post.author,
        "itemOffered": {
            "@type": "Service",
            "serviceType": "Freight transport",
            "name": post.title,
            "provider": post.author,
        },
    }
    if post.details.get("price_eur") is not None:
        said |= {"price": post.details["price_eur"], "priceCurrency": "EUR"}
    if post.expires_at:
        said["validThrough"] = post.expires_at
    if post.place:
        said["areaServed"] = post.place
    return said


def _occasions(trip: FreightCapacity) -> Iterable[Occasion]:
    """Return when the lorry departs, each time that it does."""
    window = trip.departs_until - trip.departs_from
    for start in starts(trip):
        key = f"departure-{start:%Y%m%d}"
        yield Occasion(key, N_("Abfahrt"), in_berlin(start), in_berlin(start + window))


KIND = Kind(
    FreightCapacity,
    label=N_("Laderaum"),
    plural=N_("Laderäume"),
    hint=N_("Freier Platz auf einer geplanten Fahrt"),
    example=FreightCapacity.model_validate(
        {
            "origin": "44793 Bochum",
            "destination": "23560 Lübeck",
            "departs_from": "2030-01-17T06:00",
            "departs_until": "2030-01-17T12:00",
            "free_loading_metres": 6.5,
            "free_weight_kg": 11_500,
            "vehicle_type": "semi_trailer",
            "bodies": ["curtain_sider"],
            "loading_sides": ["rear", "side"],
            "price_type": "negotiable",
            "legal_status": "licensed",
            "licence_number": "D-NW-05-4711",
            "licence_valid_until": "2036-12-31",
            "insurer": "Ruhr Transportversicherung",
            "insured_until": "2036-12-31",
        }
    ),
    structured=structured_transport,
    topic=Topic.FREIGHT,
    lifetime=Lifetime(days=30, longest_days=30, ends=ends, latest=_latest, reminders=(1,)),
    facets=(
        *capacity_facets(),
        at_least("free_loading_metres", "loading_metres_from", N_("Freie Lademeter ab")),
        at_least("free_weight_kg", "weight_kg_from", N_("Freie Nutzlast ab (kg)")),
        choice(FreightCapacity, "vehicle_type"),
        includes(FreightCapacity, "bodies"),
        includes(FreightCapacity, "loading_sides"),
        includes(FreightCapacity, "adr_classes"),
        choice(FreightCapacity, "legal_status"),
    ),
    title=_title,
    examine=_examine,
    due=lambda trip: in_berlin(trip.departs_from),
    occasions=_occasions,
    prefix="LAD",
    place=lambda trip: trip.origin,
    index=lambda session, post, details: write_lane(session, post, details, capacity_lane),
    rule=RULE,
    has_stops=True,
    remark=hints.of_papers,
    inquiry=InquiryForm(
        label=N_("Fracht anbieten"), takes_files=False, offers=("freight_request",)
    ),
)
