"""Loads that look for a lorry; the counterpart of ``freight_capacity``."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import override

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.local_time import LocalTime, in_berlin
from app.core.text import Line
from app.features.posts.facets import at_most, choice
from app.features.posts.freight import hints
from app.features.posts.freight.lanes import request_lane, write_lane
from app.features.posts.freight.packages import (
    MAX_PACKAGES,
    Package,
    loading_metres_of,
    weight_kg_of,
)
from app.features.posts.freight.routes import request_facets
from app.features.posts.freight.rule import RULE
from app.features.posts.freight.terms import AdrClass, Body, FreightPrice, LoadingAid, WantedSide
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
from app.features.posts.kinds.freight_capacity import (
    LONGEST_WINDOW,
    PlaceText,
    PriceEur,
    Temperature,
    structured_transport,
)
from app.features.posts.occasions import Occasion

_PICKUP, _DELIVERY, _GOODS = N_("Beladen"), N_("Entladen"), N_("Ware")
_NEEDS, _PRICE = N_("Warenwert, Gefahrgut, Temperatur, Aufbau"), N_("Preis")


class FreightRequest(Details):
    kind: Annotated[Literal["freight_request"], Asked(N_("Art"), widget="hidden")] = (
        "freight_request"
    )
    time_zone: Annotated[
        Literal["Europe/Berlin"],
        Field(description="The zone of all times here, which are local."),
        Asked(N_("Zeitzone"), widget="hidden"),
    ] = "Europe/Berlin"
    origin: Annotated[
        PlaceText,
        Field(description="Where it is loaded: a postcode or municipality."),
        Asked(N_("Ladeort"), hint=N_("Postleitzahl oder Gemeinde"), group=_PICKUP),
    ]
    loads_from: Annotated[LocalTime, Asked(N_("Laden frühestens"), group=_PICKUP)]
    loads_until: Annotated[LocalTime, Asked(N_("Laden spätestens"), group=_PICKUP)]
    loading_side: Annotated[WantedSide, Asked(N_("Beladung von"), group=_PICKUP)] = WantedSide.ANY
    destination: Annotated[
        PlaceText,
        Field(description="Where it is unloaded: a postcode or municipality."),
        Asked(N_("Entladeort"), hint=N_("Postleitzahl oder Gemeinde"), group=_DELIVERY),
    ]
    unloads_from: Annotated[LocalTime | None, Asked(N_("Entladen frühestens"), group=_DELIVERY)] = (
        None
    )
    unloads_until: Annotated[LocalTime, Asked(N_("Entladen spätestens"), group=_DELIVERY)]
    needs_notice: Annotated[
        bool, Asked(N_("Zeitfenster müssen avisiert werden"), group=_DELIVERY)
    ] = False
    goods: Annotated[str, Line(200, 2), Asked(N_("Ware"), group=_GOODS)]
    packages: Annotated[
        list[Package],
        Field(max_length=MAX_PACKAGES),
        Asked(
            N_("Packstücke"),
            hint=N_(
                "Je Zeile eine Art, das Gewicht je Stück: "
                "4 × EPAL 1,2×0,8×1,5 m 300 kg stapelbar. Lademeter und Gewicht rechnen wir aus."
            ),
            widget="lines",
            rows=4,
            group=_GOODS,
        ),
    ] = Field(default_factory=list)
    loading_metres: Annotated[
        Annotated[float, Field(ge=0.01, le=16)] | None,
        Field(description="Of a bed 2.4 m wide, in metres; computed from the packages by default."),
        Asked(N_("Lademeter"), hint=N_("Nur ausfüllen, wenn Sie es besser wissen."), group=_GOODS),
    ] = None
    weight_kg: Annotated[
        Annotated[int, Field(ge=1, le=28_000)] | None,
        Field(description="In kilograms; computed from the packages by default."),
        Asked(
            N_("Gewicht in kg"), hint=N_("Nur ausfüllen, wenn Sie es besser wissen."), group=_GOODS
        ),
    ] = None
    price_type: Annotated[FreightPrice, Asked(N_("Preis"), group=_PRICE)] = FreightPrice.PROPOSAL
    price_eur: Annotated[PriceEur | None, Asked(N_("Betrag in Euro (netto)"), group=_PRICE)] = None
    goods_value_eur: Annotated[
        Annotated[int, Field(ge=0, le=100_000_000)] | None,
        Field(description="In euros."),
        Asked(N_("Warenwert in Euro"), group=_NEEDS, folded=True),
    ] = None
    adr_class: Annotated[
        AdrClass | None, Asked(N_("Gefahrgutklasse (ADR)"), group=_NEEDS, folded=True)
    ] = None
    un_number: Annotated[
        str,
        Field(pattern="^([0-9]{4})?$", description="Four digits."),
        Asked(N_("UN-Nummer"), hint=N_("Vier Ziffern"), group=_NEEDS, folded=True),
    ] = ""
    adr_quantity_kg: Annotated[
        Annotated[int, Field(ge=1, le=28_000)] | None,
        Asked(N_("Menge Gefahrgut in kg"), group=_NEEDS, folded=True),
    ] = None
    temperature_from_c: Annotated[
        Temperature | None, Asked(N_("Temperatur von °C"), group=_NEEDS, folded=True)
    ] = None
    temperature_to_c: Annotated[
        Temperature | None, Asked(N_("Temperatur bis °C"), group=_NEEDS, folded=True)
    ] = None
    bodies: Annotated[
        list[Body],
        Field(max_length=10, description="One of these; any, if none is named."),
        Asked(
            N_("Geforderter Aufbau"), hint=N_("Ohne Angabe passt jeder."), group=_NEEDS, folded=True
        ),
    ] = Field(default_factory=list)
    aids_on_site: Annotated[
        list[LoadingAid],
        Field(max_length=3),
        Asked(N_("Ladehilfe vor Ort"), group=_NEEDS, folded=True),
    ] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_sound(self) -> "FreightRequest":
        if self.loads_until < self.loads_from:
            refuse("window_backwards", N_("Das Laden endet, bevor es beginnt."))
        if self.loads_until - self.loads_from > LONGEST_WINDOW:
            refuse("window_too_long", N_("Ein Zeitfenster umfasst höchstens 14 Tage."))
        if self.unloads_until < (self.unloads_from or self.loads_from):
            refuse("unloads_too_early", N_("Das Entladen endet, bevor es beginnen kann."))
        if self.unloads_until - self.loads_until > LONGEST_WINDOW:
            refuse("unloads_too_late", N_("Das Entladen liegt mehr als 14 Tage nach dem Laden."))
        low, high = self.temperature_from_c, self.temperature_to_c
        if low is not None and high is not None and high < low:
            refuse("temperature_backwards", N_("Die höchste Temperatur liegt unter der tiefsten."))
        if self.price_type == FreightPrice.UNPAID and self.price_eur:
            refuse("price_out_of_place", N_("Wo nichts zu zahlen ist, gehört kein Betrag hin."))
        if self.un_number and self.adr_class is None:
            text = N_("Zu einer UN-Nummer gehört die Gefahrgutklasse.")
            refuse("adr_class_missing", text, at="adr_class")
        self._measure()
        return self

    def _measure(self) -> None:
        """Compute what is not given; refuse a load of no size, and one too large for any lorry."""
        if not self.packages and (self.loading_metres is None or self.weight_kg is None):
            text = N_("Bitte nennen Sie die Packstücke, oder Lademeter und Gewicht.")
            refuse("size_missing", text, at="packages")
        metres = self.loading_metres or max(0.01, loading_metres_of(self.packages))
        weight = self.weight_kg or weight_kg_of(self.packages)
        if metres > _MOST_METRES or weight > _MOST_KG:
            refuse("too_large", N_("Das ist mehr als 16 Lademeter oder 28 t: mehr als ein Lkw."))
        self.__dict__.update(loading_metres=metres, weight_kg=weight)

    @override
    def asked(self) -> dict[str, Any]:
        """Leave out of the form what is computed, so that it is computed anew."""
        shown = super().asked()
        if self.packages and self.loading_metres == loading_metres_of(self.packages):
            shown["loading_metres"] = None
        if self.packages and self.weight_kg == weight_kg_of(self.packages):
            shown["weight_kg"] = None
        return shown


_MOST_METRES, _MOST_KG = 16, 28_000


def _latest(load: FreightRequest, published_at: datetime) -> datetime:
    return max(in_berlin(load.loads_from), published_at) + timedelta(days=30)


def _title(load: FreightRequest) -> str:
    return f"{load.goods}: {load.origin} – {load.destination}"[:120]


def _structured(post: Shown) -> dict[str, Any]:
    said = structured_transport(post) | {"@type": "Demand"}
    said["itemOffered"].pop("provider")
    return said


def _examine(post: Examined) -> Iterable[Finding]:
    yield from hints.of_hands(post.details)


def _occasions(load: FreightRequest) -> Iterable[Occasion]:
    """Return when it is loaded and unloaded."""
    from_, until = in_berlin(load.loads_from), in_berlin(load.loads_until)
    yield Occasion("loading", N_("Beladen"), from_, until)
    end = in_berlin(load.unloads_until)
    begin = in_berlin(load.unloads_from) if load.unloads_from else end
    yield Occasion("unloading", N_("Entladen"), begin, end)


KIND = Kind(
    FreightRequest,
    label=N_("Fracht"),
    plural=N_("Frachten"),
    hint=N_("Ware, für die Sie einen Lkw suchen"),
    example=FreightRequest.model_validate(
        {
            "origin": "44649 Herne",
            "loads_from": "2030-01-17T07:00",
            "loads_until": "2030-01-17T12:00",
            "destination": "23569 Lübeck",
            "unloads_until": "2030-01-18T16:00",
            "goods": "Maschinenteil",
            "packages": [
                {
                    "count": 1,
                    "packing": "crate",
                    "length_m": 4.2,
                    "width_m": 2.2,
                    "height_m": 2.4,
                    "weight_kg": 3000,
                }
            ],
            "loading_side": "side",
        }
    ),
    structured=_structured,
    topic=Topic.FREIGHT,
    lifetime=Lifetime(
        days=30,
        longest_days=30,
        ends=lambda load: in_berlin(load.unloads_until),
        latest=_latest,
        reminders=(1,),
    ),
    facets=(
        *request_facets(),
        at_most("loading_metres", "loading_metres_to", N_("Lademeter bis")),
        at_most("weight_kg", "weight_kg_to", N_("Gewicht bis (kg)")),
        choice(FreightRequest, "adr_class"),
        choice(FreightRequest, "loading_side"),
    ),
    title=_title,
    examine=_examine,
    due=lambda load: in_berlin(load.loads_from),
    occasions=_occasions,
    prefix="FRA",
    place=lambda load: load.origin,
    index=lambda session, post, details: write_lane(session, post, details, request_lane),
    rule=RULE,
    has_stops=True,
    inquiry=InquiryForm(
        label=N_("Laderaum anbieten"), takes_files=False, offers=("freight_capacity",)
    ),
)
