"""Commercial space that somebody looks for; the counterpart of ``space_offer``."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked
from app.core.i18n import N_
from app.features.posts.facets import at_most, flag, includes
from app.features.posts.kinds import Details, Kind, Lifetime, Shown, Topic, refuse
from app.features.posts.occasions import on
from app.features.posts.space_terms import (
    Doors,
    EurPerM2,
    Metres,
    ObjectType,
    OfferForm,
    SquareMetres,
    Zoning,
    available_at,
)
from app.features.posts.spaces import RULE

_NEEDS = N_("Was die Fläche haben muss")


class SpaceWanted(Details):
    kind: Annotated[Literal["space_wanted"], Asked(N_("Art"), widget="hidden")] = "space_wanted"
    object_types: Annotated[
        list[ObjectType], Field(min_length=1, max_length=9), Asked(N_("Objektart"))
    ]
    offer_forms: Annotated[
        list[OfferForm], Field(min_length=1, max_length=6), Asked(N_("Angebotsform"))
    ]
    area_from_m2: Annotated[
        SquareMetres,
        Field(description="At least this much, in square metres."),
        Asked(N_("Fläche ab (m²)")),
    ]
    area_to_m2: Annotated[
        SquareMetres | None,
        Field(description="No more than this, in square metres."),
        Asked(N_("Fläche bis (m²)")),
    ] = None
    radius_km: Annotated[
        float,
        Field(gt=0, le=500, description="Around the place, in kilometres as the crow flies."),
        Asked(N_("Umkreis um den Ort (km)")),
    ] = 25
    rent_to_eur_m2: Annotated[
        EurPerM2 | None,
        Field(description="Without service charges, in euros per square metre and month."),
        Asked(N_("Kaltmiete bis (€ je m² und Monat)")),
    ] = None
    purchase_to_eur_m2: Annotated[
        EurPerM2 | None,
        Field(description="In euros per square metre."),
        Asked(N_("Kaufpreis bis (€ je m²)")),
    ] = None
    available_by: Annotated[
        date | None,
        Field(description="The day on which it is needed at the latest."),
        Asked(N_("Verfügbar spätestens am")),
    ] = None
    clear_height_from_m: Annotated[
        Metres | None,
        Field(description="Below the lowest beam (UKB), in metres."),
        Asked(N_("Lichte Höhe ab (m)"), group=_NEEDS, folded=True),
    ] = None
    ramps_from: Annotated[
        Doors | None, Asked(N_("Laderampen mindestens"), group=_NEEDS, folded=True)
    ] = None
    gates_from: Annotated[
        Doors | None,
        Field(description="Gates at ground level."),
        Asked(N_("Ebenerdige Tore mindestens"), group=_NEEDS, folded=True),
    ] = None
    is_open_all_day: Annotated[
        bool,
        Field(description="May be used day and night, seven days a week."),
        Asked(N_("Nutzung rund um die Uhr möglich"), group=_NEEDS, folded=True),
    ] = False
    has_fibre: Annotated[bool, Asked(N_("Glasfaser"), group=_NEEDS, folded=True)] = False
    has_rail_siding: Annotated[bool, Asked(N_("Gleisanschluss"), group=_NEEDS, folded=True)] = False
    zonings: Annotated[
        list[Zoning],
        Field(default_factory=list, max_length=6, description="Empty: any."),
        Asked(N_("Gebiet nach BauNVO"), group=_NEEDS, folded=True),
    ]

    @model_validator(mode="after")
    def _from_before_to(self) -> "SpaceWanted":
        if self.area_to_m2 is not None and self.area_to_m2 < self.area_from_m2:
            refuse("range_reversed", N_("„Bis“ muss mindestens so groß sein wie „ab“."))
        return self


def _structured(post: Shown) -> dict[str, Any]:
    given = post.details
    area: dict[str, Any] = {
        "@type": "QuantitativeValue",
        "minValue": given["area_from_m2"],
        "unitCode": "MTK",
    }
    if given.get("area_to_m2"):
        area["maxValue"] = given["area_to_m2"]
    said: dict[str, Any] = {
        "@type": "Demand",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "itemOffered": {"@type": "Product", "name": post.title, "category": "commercial space"},
        "eligibleQuantity": area,
    }
    if given.get("available_by"):
        said["availabilityEnds"] = given["available_by"]
    if post.expires_at:
        said["validThrough"] = post.expires_at
    if post.place:
        said["areaServed"] = post.place
    return said


KIND = Kind(
    SpaceWanted,
    label=N_("Flächengesuch"),
    plural=N_("Flächengesuche"),
    hint=N_("Welche Halle, welches Büro oder Grundstück Ihr Unternehmen braucht"),
    example=SpaceWanted(
        object_types=[ObjectType.HALL, ObjectType.PRODUCTION],
        offer_forms=[OfferForm.RENT],
        area_from_m2=700,
        area_to_m2=1_000,
        radius_km=20,
        rent_to_eur_m2=7,
        clear_height_from_m=6,
        available_by=date(2027, 9, 30),
        zonings=[Zoning.GE, Zoning.GI],
    ),
    structured=_structured,
    topic=Topic.SPACE,
    lifetime=Lifetime(days=183, longest_days=1_096),
    facets=(
        includes(SpaceWanted, "object_types", "object_type"),
        includes(SpaceWanted, "offer_forms", "offer_form"),
        at_most("area_from_m2", "offered_area_m2", N_("Braucht höchstens (m²)")),
        flag(SpaceWanted, "is_open_all_day"),
        flag(SpaceWanted, "has_fibre"),
    ),
    due=lambda details: available_at(details.available_by),
    occasions=lambda details: on("needed", N_("Gesucht bis"), details.available_by),
    prefix="FLG",
    rule=RULE,
)
