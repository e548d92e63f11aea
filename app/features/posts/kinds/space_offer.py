"""Commercial space on offer: plots, halls, offices, shops; the counterpart of ``space_wanted``."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from sqlalchemy import ColumnElement, Date, Double, func, or_

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.text import Line
from app.features.posts.facets import (
    Facet,
    at_least,
    at_most,
    choice,
    day_of,
    flag,
    includes,
    number_of,
)
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
from app.features.posts.occasions import on
from app.features.posts.space_terms import (
    CERTIFIED,
    UNBUILT,
    Contamination,
    Doors,
    EnergyCertificate,
    EnergyValue,
    EurPerM2,
    Metres,
    ObjectType,
    OfferForm,
    PlanStatus,
    Provider,
    Spaces,
    SquareMetres,
    Zoning,
    available_at,
)
from app.features.posts.spaces import RULE

_BUILDING = N_("Gebäude und Zufahrt")
_PLANNING = N_("Planungsrecht und Boden")
_PRICE = N_("Preis")
_SHARES = N_("Teilbarkeit, Grundstück, Anbieter")
_REACH = N_("Anbindung")
_ENERGY = N_("Werte des Energieausweises (§ 87 GEG), Baujahr")


class SpaceOffer(Details):
    kind: Annotated[Literal["space_offer"], Asked(N_("Art"), widget="hidden")] = "space_offer"
    object_type: Annotated[ObjectType, Asked(N_("Objektart"))]
    offer_forms: Annotated[
        list[OfferForm], Field(min_length=1, max_length=6), Asked(N_("Angebotsform"))
    ]
    area_m2: Annotated[
        SquareMetres, Field(description="Usable area in square metres."), Asked(N_("Fläche (m²)"))
    ]
    available_from: Annotated[
        date | None,
        Field(description="Null: at once."),
        Asked(N_("Verfügbar ab"), hint=N_("Leer, wenn sofort.")),
    ] = None
    rent_eur_m2: Annotated[
        EurPerM2 | None,
        Field(description="Without service charges, in euros per square metre and month."),
        Asked(N_("Kaltmiete (€ je m² und Monat)"), group=_PRICE),
    ] = None
    service_charge_eur_m2: Annotated[
        EurPerM2 | None,
        Field(description="In euros per square metre and month."),
        Asked(N_("Nebenkosten (€ je m² und Monat)"), group=_PRICE),
    ] = None
    purchase_eur_m2: Annotated[
        EurPerM2 | None,
        Field(description="In euros per square metre."),
        Asked(N_("Kaufpreis (€ je m²)"), group=_PRICE),
    ] = None
    is_negotiable: Annotated[bool, Asked(N_("Preis ist Verhandlungsbasis"), group=_PRICE)] = False
    energy_certificate: Annotated[
        EnergyCertificate | None,
        Asked(
            N_("Energieausweis"), hint=N_("Liegt einer vor, gehören seine Werte in die Anzeige.")
        ),
    ] = None
    energy_heat_kwh_m2: Annotated[
        EnergyValue | None,
        Field(description="Final energy for heat, in kWh per square metre and year."),
        Asked(N_("Endenergie Wärme (kWh je m² und Jahr)"), group=_ENERGY, folded=True),
    ] = None
    energy_power_kwh_m2: Annotated[
        EnergyValue | None,
        Field(description="Final energy as electricity, in kWh per square metre and year."),
        Asked(N_("Endenergie Strom (kWh je m² und Jahr)"), group=_ENERGY, folded=True),
    ] = None
    energy_source: Annotated[
        str,
        Line(60, 0),
        Asked(
            N_("Energieträger der Heizung"),
            hint=N_("Zum Beispiel Fernwärme, Erdgas, Wärmepumpe"),
            group=_ENERGY,
            folded=True,
        ),
    ] = ""
    built_year: Annotated[
        Annotated[int, Field(ge=1000, le=2200)] | None,
        Asked(N_("Baujahr"), group=_ENERGY, folded=True, is_year=True),
    ] = None
    divisible_from_m2: Annotated[
        SquareMetres | None,
        Field(description="The smallest part to be had alone, in square metres."),
        Asked(
            N_("Teilbar ab (m²)"),
            hint=N_("Leer, wenn die Fläche nicht geteilt wird."),
            group=_SHARES,
            folded=True,
        ),
    ] = None
    plot_m2: Annotated[
        SquareMetres | None,
        Field(description="The plot that belongs to it, in square metres."),
        Asked(N_("Grundstück (m²)"), group=_SHARES, folded=True),
    ] = None
    provider: Annotated[Provider | None, Asked(N_("Anbieter"), group=_SHARES, folded=True)] = None
    commission_percent: Annotated[
        Annotated[float, Field(ge=0, le=20)] | None,
        Field(description="What an agent takes, of the price or the yearly rent, in per cent."),
        Asked(N_("Provision in Prozent"), hint=N_("Nur bei Maklern."), group=_SHARES, folded=True),
    ] = None
    clear_height_m: Annotated[
        Metres | None,
        Field(description="Below the lowest beam (UKB), in metres."),
        Asked(N_("Lichte Höhe bis Unterkante Binder (m)"), group=_BUILDING, folded=True),
    ] = None
    floor_load_kn_m2: Annotated[
        Annotated[float, Field(gt=0, le=500)] | None,
        Field(description="In kilonewtons per square metre."),
        Asked(N_("Bodenlast (kN je m²)"), group=_BUILDING, folded=True),
    ] = None
    crane_t: Annotated[
        Annotated[float, Field(gt=0, le=1_000)] | None,
        Field(description="What the crane lifts, in tonnes."),
        Asked(N_("Kranbahn (t)"), group=_BUILDING, folded=True),
    ] = None
    ramps: Annotated[Doors | None, Asked(N_("Laderampen"), group=_BUILDING, folded=True)] = None
    gates: Annotated[
        Doors | None,
        Field(description="Gates at ground level."),
        Asked(N_("Ebenerdige Tore"), group=_BUILDING, folded=True),
    ] = None
    parking_spaces: Annotated[
        Spaces | None, Asked(N_("Stellplätze"), group=_BUILDING, folded=True)
    ] = None
    lorry_spaces: Annotated[
        Spaces | None, Asked(N_("Lkw-Stellplätze"), group=_BUILDING, folded=True)
    ] = None
    office_percent: Annotated[
        Annotated[float, Field(ge=0, le=100)] | None,
        Field(description="Of the area, in per cent."),
        Asked(N_("Büroanteil in Prozent"), group=_BUILDING, folded=True),
    ] = None
    is_open_all_day: Annotated[
        bool,
        Field(description="May be used day and night, seven days a week."),
        Asked(N_("Nutzung rund um die Uhr möglich"), group=_BUILDING, folded=True),
    ] = False
    zoning: Annotated[
        Zoning | None, Asked(N_("Gebiet nach BauNVO"), group=_PLANNING, folded=True)
    ] = None
    site_occupancy_index: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        Field(description="Grundflächenzahl: the part of the plot that may be built on."),
        Asked(N_("Grundflächenzahl (GRZ)"), group=_PLANNING, folded=True),
    ] = None
    plan_status: Annotated[
        PlanStatus | None, Asked(N_("Bebauungsplan"), group=_PLANNING, folded=True)
    ] = None
    contamination: Annotated[
        Contamination | None, Asked(N_("Altlasten"), group=_PLANNING, folded=True)
    ] = None
    has_fibre: Annotated[bool, Asked(N_("Glasfaser"), group=_REACH, folded=True)] = False
    broadband_mbit_s: Annotated[
        Annotated[int, Field(ge=0, le=1_000_000)] | None,
        Field(description="In megabits per second."),
        Asked(N_("Breitband (Mbit/s)"), group=_REACH, folded=True),
    ] = None
    has_rail_siding: Annotated[bool, Asked(N_("Gleisanschluss"), group=_REACH, folded=True)] = False
    motorway: Annotated[
        str,
        Line(20, 0),
        Asked(N_("Autobahn"), hint=N_("Zum Beispiel A 43"), group=_REACH, folded=True),
    ] = ""
    motorway_km: Annotated[
        Annotated[float, Field(ge=0, le=200)] | None,
        Field(description="To the junction, in kilometres."),
        Asked(N_("Entfernung zur Anschlussstelle (km)"), group=_REACH, folded=True),
    ] = None
    transit_min: Annotated[
        Annotated[int, Field(ge=0, le=240)] | None,
        Field(description="To the next stop of public transport, on foot, in minutes."),
        Asked(N_("Fußweg zur Haltestelle (Minuten)"), group=_REACH, folded=True),
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> "SpaceOffer":
        if self.divisible_from_m2 is not None and self.divisible_from_m2 > self.area_m2:
            refuse("part_larger_than_whole", N_("Ein Teil kann nicht größer sein als das Ganze."))
        if self.commission_percent is not None and self.provider != Provider.AGENT:
            text = N_("Eine Provision nehmen nur Makler.")
            refuse("commission_without_agent", text, at="commission_percent")
        values = (self.energy_heat_kwh_m2, self.energy_power_kwh_m2)
        if self.energy_certificate in CERTIFIED and (None in values or not self.energy_source):
            refuse(
                "energy_facts_missing",
                N_(
                    "Liegt ein Energieausweis vor, gehören die Werte für Wärme und Strom und der "
                    "Energieträger in die Anzeige (§ 87 GEG)."
                ),
                at="energy_heat_kwh_m2",
            )
        return self


def _examine(post: Examined) -> Iterator[Finding]:
    details: SpaceOffer = post.details
    if details.energy_certificate is None and details.object_type not in UNBUILT:
        yield Finding(
            ("details", "energy_certificate"),
            "energy_certificate_unsaid",
            N_(
                "Zu einem Gebäude gehören in der Anzeige Angaben aus dem Energieausweis, sobald er "
                "vorliegt (§ 87 GEG). Bitte geben Sie an, ob es einen gibt."
            ),
        )
    if details.provider == Provider.AGENT and details.commission_percent is None:
        yield Finding(
            ("details", "commission_percent"),
            "commission_unsaid",
            N_("Bitte nennen Sie die Provision, oder bestätigen Sie, dass keine anfällt."),
        )


def _available_by(value: ColumnElement[date]) -> ColumnElement[bool]:
    from_then = day_of("available_from")
    return or_(from_then.is_(None), from_then <= value)


def _area_up_to(value: ColumnElement[float]) -> ColumnElement[bool]:
    smallest = func.coalesce(number_of("divisible_from_m2"), number_of("area_m2"), type_=Double())
    return smallest <= value


def _price(details: dict[str, Any], field: str, function: str) -> Iterator[dict[str, Any]]:
    amount = details.get(field)
    if amount is None:
        return
    priced: dict[str, Any] = {
        "@type": "UnitPriceSpecification",
        "price": amount,
        "priceCurrency": "EUR",
        "referenceQuantity": {"@type": "QuantitativeValue", "value": 1, "unitCode": "MTK"},
    }
    if function == "LeaseOut":
        priced |= {"billingDuration": 1, "billingIncrement": 1, "unitText": "MONTH"}
    yield {
        "@type": "Offer",
        "businessFunction": f"http://purl.org/goodrelations/v1#{function}",
        "priceSpecification": priced,
    }


def _structured(post: Shown) -> dict[str, Any]:
    given = post.details
    space: dict[str, Any] = {
        "@type": "Place" if given["object_type"] in UNBUILT else "Accommodation",
        "name": post.title,
    }
    area = {"@type": "QuantitativeValue", "value": given["area_m2"], "unitCode": "MTK"}
    if space["@type"] == "Accommodation":
        space["floorSize"] = area
        if given.get("built_year"):
            space["yearBuilt"] = given["built_year"]
    if post.place:
        space["containedInPlace"] = post.place
    common = {
        "availability": "https://schema.org/InStock",
        "itemOffered": space,
        "offeredBy": post.author,
        "eligibleQuantity": area,
    }
    if given.get("available_from"):
        common["availabilityStarts"] = given["available_from"]
    if post.expires_at:
        common["validThrough"] = post.expires_at
    prices = [
        *_price(given, "rent_eur_m2", "LeaseOut"),
        *_price(given, "purchase_eur_m2", "Sell"),
    ] or [{"@type": "Offer"}]
    return {
        "@type": "RealEstateListing",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "datePosted": post.published_at,
        "mainEntity": space,
        "offers": [{**price, **common} for price in prices],
    }


KIND = Kind(
    SpaceOffer,
    label=N_("Gewerbefläche"),
    plural=N_("Gewerbeflächen"),
    hint=N_("Hallen, Büros, Läden und Grundstücke zu kaufen, zu mieten oder zu pachten"),
    example=SpaceOffer(
        object_type=ObjectType.HALL,
        offer_forms=[OfferForm.RENT],
        area_m2=1_850,
        divisible_from_m2=600,
        available_from=date(2027, 4, 1),
        provider=Provider.ECONOMIC_DEVELOPMENT,
        rent_eur_m2=6.2,
        clear_height_m=7.5,
        ramps=2,
        zoning=Zoning.GE,
        plan_status=PlanStatus.IN_FORCE,
        has_fibre=True,
        motorway="A 43",
        motorway_km=4,
        energy_certificate=EnergyCertificate.DEMAND,
        energy_heat_kwh_m2=92,
        energy_power_kwh_m2=31,
        energy_source="Erdgas",
        built_year=1998,
    ),
    structured=_structured,
    topic=Topic.SPACE,
    lifetime=Lifetime(days=183, longest_days=1_096, ask_reserved_after_days=90),
    facets=(
        choice(SpaceOffer, "object_type"),
        includes(SpaceOffer, "offer_forms", "offer_form"),
        at_least("area_m2", "area_from_m2", N_("Fläche ab (m²)")),
        Facet(
            "area_to_m2",
            Annotated[
                float | None,
                Asked(N_("Fläche bis (m²)"), N_("Auch ein Teil einer größeren Fläche zählt.")),
            ],
            Double(),
            _area_up_to,
        ),
        at_most("rent_eur_m2", "rent_to_eur_m2", N_("Kaltmiete bis (€ je m² und Monat)")),
        at_most("purchase_eur_m2", "purchase_to_eur_m2", N_("Kaufpreis bis (€ je m²)")),
        at_least("clear_height_m", "clear_height_from_m", N_("Lichte Höhe ab (m)")),
        at_least("ramps", "ramps_from", N_("Laderampen mindestens")),
        at_least("gates", "gates_from", N_("Ebenerdige Tore mindestens")),
        flag(SpaceOffer, "is_open_all_day"),
        flag(SpaceOffer, "has_fibre"),
        Facet(
            "available_by",
            Annotated[date | None, Asked(N_("Verfügbar spätestens am"))],
            Date(),
            _available_by,
        ),
        choice(SpaceOffer, "zoning"),
    ),
    examine=_examine,
    due=lambda details: available_at(details.available_from),
    occasions=lambda details: on("available", N_("Verfügbar ab"), details.available_from),
    prefix="GEW",
    rule=RULE,
)
