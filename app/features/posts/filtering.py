"""What a list of posts can be narrowed to: one question for forms, query strings and the API."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, create_model

from app.core.asking import Asked
from app.core.drafts import Narrowing
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_, Locale, translate
from app.core.reads import Reader
from app.core.settings import settings
from app.core.text import Line, Tag, sort_key
from app.features.places.lookup import PlaceUnknown, find_point, suggest_places
from app.features.posts.drafts import KINDS
from app.features.posts.feed import Filters, OrderName
from app.features.wording.questions import understand
from app.models.places import PlaceKind
from app.reference.codes import SectorFilter, sector_key

FACETS = {facet.name: facet for kind in KINDS.values() for facet in kind.facets}
ORDER_LABELS = {
    "newest": N_("Neueste zuerst"),
    "nearest": N_("Nächste zuerst"),
    "soonest": N_("Bald fällige zuerst"),
}
WordsFilter = Annotated[
    Annotated[str, Line(200)] | None,
    Field(description="Words, as `GET /search` reads them."),
    Asked(N_("Suchbegriffe")),
]
PlaceFilter = Annotated[
    Annotated[str, Line(120)] | None,
    Field(description="A postcode or the name of a municipality, and all that lies in it."),
    Asked(N_("Ort"), hint=N_("Postleitzahl oder Gemeinde")),
]
RadiusFilter = Annotated[
    float | None,
    Field(ge=1, le=500, description="All around `place`, in kilometres as the crow flies."),
    Asked(N_("Umkreis in km")),
]
TagFilter = Annotated[Tag | None, Asked(N_("Schlagwort"))]


def order_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return key and name of every order."""
    return [(key, translate(text, locale)) for key, text in ORDER_LABELS.items()]


def kind_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return key and plural of every kind, and the choice of all of them."""
    kinds = [(key, translate(kind.plural, locale)) for key, kind in KINDS.items()]
    return [("", translate(N_("Alle Arten"), locale)), *kinds]


class _Wanted(Narrowing):
    """Filters; an empty one, as forms send it, is none."""

    q: WordsFilter = None
    kind: Annotated[
        Literal[tuple(KINDS)] | None,  # type: ignore[valid-type]
        Asked(N_("Art"), widget="select", choices=kind_choices),
    ] = None
    place: PlaceFilter = None
    radius_km: RadiusFilter = None
    sector: SectorFilter = None
    tag: TagFilter = None
    since: Annotated[
        AwareDatetime | None,
        Field(description="Published at this time or later."),
        Asked("since", widget="hidden"),
    ] = None
    group: Annotated[
        UUID | None, Field(description="Id of a group."), Asked("group", widget="hidden")
    ] = None
    company: Annotated[
        UUID | None, Field(description="Id of a company."), Asked("company", widget="hidden")
    ] = None
    author: Annotated[
        UUID | None, Field(description="Id of a person."), Asked("author", widget="hidden")
    ] = None
    due_by: Annotated[
        date | None,
        Field(description="Comes due on this day or earlier: begins, loads or closes."),
        Asked(N_("Fällig bis")),
    ] = None
    order: Annotated[
        OrderName,
        Field(description="`nearest` wants a `place`."),
        Asked(N_("Reihenfolge"), widget="select", choices=order_choices),
    ] = "newest"


if TYPE_CHECKING:
    PostFilters = _Wanted
else:
    PostFilters = create_model(
        "PostFilters",
        __base__=_Wanted,
        **{name: (facet.annotation, None) for name, facet in FACETS.items()},
    )


async def filters_of(reader: Reader, wanted: PostFilters) -> Filters:
    """Return the filters that are meant; refuse unknown places, and facets of another kind."""
    given = {name: getattr(wanted, name, None) for name in FACETS}
    # An unticked box narrows nothing.
    facets = {name: value for name, value in given.items() if value not in (None, False)}
    kind = KINDS[wanted.kind] if wanted.kind else None
    if alien := [name for name in facets if not (kind and kind.facet(name))]:
        text = N_("Danach lässt sich nur innerhalb einer passenden Art auswählen.")
        raise Invalid(FieldError((alien[0],), "facet_of_another_kind", text))
    if wanted.radius_km and not wanted.place:
        text = N_("Zu einem Umkreis gehört ein Ort.")
        raise Invalid(FieldError(("place",), "radius_without_place", text))
    if wanted.order == "nearest" and not wanted.place:
        text = N_("Um nach Entfernung zu ordnen, braucht es einen Ort.")
        raise Invalid(FieldError(("place",), "nearest_without_place", text))
    for name, text in facets.items():
        if FACETS[name].is_point:
            spot = await find_point(reader, text, field=name)
            facets[name] = f"{spot.latitude},{spot.longitude}"
    place = await _place(reader, wanted.place) if wanted.place else None
    has_point = place is not None and place.latitude is not None
    return Filters(
        kind=wanted.kind,
        q=understand(wanted.q).asked if wanted.q else None,
        group_id=wanted.group,
        company_id=wanted.company,
        author_id=wanted.author,
        place_id=place.id if place and not _is_anywhere(wanted) else None,
        radius_km=wanted.radius_km,
        tag=wanted.tag,
        sector=sector_key(wanted.sector) if wanted.sector else None,
        since=wanted.since,
        due_by=_end_of(wanted.due_by) if wanted.due_by else None,
        facets=facets,
        point=(place.latitude, place.longitude) if place and has_point else None,
        order=wanted.order,
    )


def _is_anywhere(wanted: PostFilters) -> bool:
    """Whether a place only says from where distances are meant: nearest first, no radius."""
    return wanted.order == "nearest" and wanted.radius_km is None


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), settings().zone)


async def _place(reader: Reader, text: str) -> Any:
    found = await suggest_places(reader, text)
    if not found:
        raise PlaceUnknown
    exact = [row for row in found if sort_key(row.name) == sort_key(text)]
    towns = [row for row in exact if row.kind == PlaceKind.MUNICIPALITY]
    return (towns or exact or found)[0]
