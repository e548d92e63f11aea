"""The words and measures in which commercial space is offered and looked for."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.asking import label
from app.core.i18n import N_
from app.core.settings import settings


class ObjectType(StrEnum):
    """What kind of space it is."""

    PLOT = "plot"
    HALL = "hall"
    PRODUCTION = "production"
    OFFICE = "office"
    PRACTICE = "practice"
    SHOP = "shop"
    GASTRONOMY = "gastronomy"
    COWORKING = "coworking"
    OPEN_AREA = "open_area"


label(
    {
        ObjectType.PLOT: N_("Grundstück"),
        ObjectType.HALL: N_("Halle oder Lager"),
        ObjectType.PRODUCTION: N_("Produktion"),
        ObjectType.OFFICE: N_("Büro"),
        ObjectType.PRACTICE: N_("Praxis"),
        ObjectType.SHOP: N_("Laden"),
        ObjectType.GASTRONOMY: N_("Gastronomie"),
        ObjectType.COWORKING: N_("Coworking"),
        ObjectType.OPEN_AREA: N_("Freifläche"),
    }
)


class OfferForm(StrEnum):
    """In what form a space is let or sold."""

    SALE = "sale"
    RENT = "rent"
    LEASE = "lease"
    HERITABLE_BUILDING_RIGHT = "heritable_building_right"
    SUBLEASE = "sublease"
    INTERIM_USE = "interim_use"


label(
    {
        OfferForm.SALE: N_("Kauf"),
        OfferForm.RENT: N_("Miete"),
        OfferForm.LEASE: N_("Pacht"),
        OfferForm.HERITABLE_BUILDING_RIGHT: N_("Erbbaurecht"),
        OfferForm.SUBLEASE: N_("Untermiete"),
        OfferForm.INTERIM_USE: N_("Zwischennutzung"),
    }
)


class Zoning(StrEnum):
    """Areas of the land use ordinance (BauNVO) in which firms settle."""

    GE = "GE"
    GI = "GI"
    MK = "MK"
    MI = "MI"
    MU = "MU"
    SO = "SO"


label(
    {
        Zoning.GE: N_("Gewerbegebiet (GE)"),
        Zoning.GI: N_("Industriegebiet (GI)"),
        Zoning.MK: N_("Kerngebiet (MK)"),
        Zoning.MI: N_("Mischgebiet (MI)"),
        Zoning.MU: N_("Urbanes Gebiet (MU)"),
        Zoning.SO: N_("Sondergebiet (SO)"),
    }
)


class PlanStatus(StrEnum):
    """What the local development plan says."""

    IN_FORCE = "in_force"
    IN_PROCEDURE = "in_procedure"
    SECTION_34 = "section_34"
    UNKNOWN = "unknown"


label(
    {
        PlanStatus.IN_FORCE: N_("rechtskräftig"),
        PlanStatus.IN_PROCEDURE: N_("im Verfahren"),
        PlanStatus.SECTION_34: N_("kein Plan, § 34 BauGB"),
        PlanStatus.UNKNOWN: N_("unbekannt"),
    }
)


class Contamination(StrEnum):
    """What is known of pollution from earlier uses."""

    NONE_KNOWN = "none_known"
    SUSPECTED = "suspected"
    REMEDIATED = "remediated"


label(
    {
        Contamination.NONE_KNOWN: N_("keine bekannt"),
        Contamination.SUSPECTED: N_("Verdacht"),
        Contamination.REMEDIATED: N_("saniert"),
    }
)


class EnergyCertificate(StrEnum):
    """Which energy certificate there is."""

    DEMAND = "demand"
    CONSUMPTION = "consumption"
    NOT_YET = "not_yet"
    NOT_REQUIRED = "not_required"


label(
    {
        EnergyCertificate.DEMAND: N_("Bedarfsausweis"),
        EnergyCertificate.CONSUMPTION: N_("Verbrauchsausweis"),
        EnergyCertificate.NOT_YET: N_("liegt noch nicht vor"),
        EnergyCertificate.NOT_REQUIRED: N_("nicht erforderlich"),
    }
)
CERTIFIED = frozenset({EnergyCertificate.DEMAND, EnergyCertificate.CONSUMPTION})
UNBUILT = frozenset({ObjectType.PLOT, ObjectType.OPEN_AREA})


class Provider(StrEnum):
    """Who offers a space."""

    OWNER = "owner"
    AGENT = "agent"
    ECONOMIC_DEVELOPMENT = "economic_development"


label(
    {
        Provider.OWNER: N_("Eigentümer oder Vermieter"),
        Provider.AGENT: N_("Makler"),
        Provider.ECONOMIC_DEVELOPMENT: N_("Wirtschaftsförderung"),
    }
)

SquareMetres = Annotated[float, Field(gt=0, le=10_000_000)]
EurPerM2 = Annotated[float, Field(gt=0, le=100_000)]
Metres = Annotated[float, Field(gt=0, le=60)]
Doors = Annotated[int, Field(ge=0, le=200)]
Spaces = Annotated[int, Field(ge=0, le=10_000)]
EnergyValue = Annotated[float, Field(ge=0, le=5_000)]


def available_at(day: date | None) -> datetime | None:
    """Return the beginning of the day from which a space can be had."""
    return datetime.combine(day, time(), settings().zone) if day else None
