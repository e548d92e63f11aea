"""What a search can be narrowed by: one question for the page, the address and the API."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.asking import Asked, label
from app.core.drafts import Narrowing
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_, Locale, translate
from app.core.reads import Reader
from app.core.text import Line
from app.features.people.directory import radius_choices
from app.features.places.lookup import find_point
from app.features.posts.drafts import KINDS
from app.features.posts.filtering import kind_choices
from app.features.wording.documents import mark
from app.features.wording.questions import Question, understand
from app.models.search import Thing
from app.reference.codes import section_choices

MAX_QUESTION: Final = 200  # characters
_AROUND = re.compile(
    r"(?P<rest>.*?)\s*\b(?P<km>[0-9]{1,3})\s?km\b(?:\s+(?:rund\s+)?(?:um|von|around|of|from))?\s+"
    r"(?P<place>\S.*)",
    re.IGNORECASE,
)

label(
    {
        Thing.POST: N_("Beiträge"),
        Thing.REPLY: N_("Antworten auf Beiträge"),
        Thing.COMPANY: N_("Unternehmen"),
        Thing.PERSON: N_("Personen"),
        Thing.GROUP: N_("Gruppen"),
        Thing.PLACE: N_("Orte"),
    }
)


def order_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return key and name of every order of hits."""
    orders = [
        ("best", N_("Treffendste zuerst")),
        ("newest", N_("Neueste zuerst")),
        ("distance", N_("Nächste zuerst")),
    ]
    return [(key, translate(text, locale)) for key, text in orders]


class SearchQuery(Narrowing):
    """What is searched for, and where."""

    q: Annotated[
        Annotated[str, Line(MAX_QUESTION, 0)],
        Field(
            description='Words that all have to be there, in any inflection; `"these words"` in '
            "this order, `-word` not at all. `25 km um Herne` is read as a place and a radius."
        ),
        Asked(N_("Suchbegriffe")),
    ] = ""
    thing: Annotated[Thing | None, Asked(N_("Was"), widget="select")] = None
    kind: Annotated[
        Literal[tuple(KINDS)] | None,  # type: ignore[valid-type]
        Field(description="Of posts, and of those that replies belong to."),
        Asked(N_("Art"), widget="select", choices=kind_choices),
    ] = None
    place: Annotated[
        Annotated[str, Line(120, 0)] | None,
        Field(description="A postcode or the name of a place, and all that lies in it."),
        Asked(N_("Ort"), hint=N_("Postleitzahl oder Gemeinde")),
    ] = None
    radius_km: Annotated[
        int | None,
        Field(ge=1, le=500, description="All around `place`, in kilometres as the crow flies."),
        Asked(N_("Umkreis"), choices=radius_choices),
    ] = None
    sector: Annotated[
        str | None,
        Field(pattern="^[A-V]$", description="Section of WZ 2008."),
        Asked(N_("Branche"), widget="select", choices=section_choices),
    ] = None
    since: Annotated[
        AwareDatetime | None,
        Field(description="Published at this time or later."),
        Asked("since", widget="hidden"),
    ] = None
    group: Annotated[
        UUID | None,
        Field(description="Id of a group: the group itself and what stands in it."),
        Asked("group", widget="hidden"),
    ] = None
    area: Annotated[
        UUID | None,
        Field(description="Id of a place, as among the counts of `place`: all that lies in it."),
        Asked("area", widget="hidden"),
    ] = None
    order: Annotated[
        Literal["best", "newest", "distance"],
        Field(description="`distance` needs a `place`."),
        Asked(N_("Reihenfolge"), choices=order_choices),
    ] = "best"


@dataclass(frozen=True, slots=True)
class Search:
    """A search that is understood: its words, and what it is narrowed to.

    ``marks`` are what a document must have, ``narrowed`` are parameters. ``place`` is what
    distances are told from.
    """

    question: Question
    marks: list[str]
    narrowed: dict[str, Any]
    order: Literal["best", "newest", "distance"]
    thing: Thing | None = None
    place: Any = None

    @property
    def given(self) -> frozenset[str]:
        """The names of what it is narrowed to, but for marks."""
        return frozenset(self.narrowed) - {"latitude", "longitude"}


async def search_of(reader: Reader, wanted: SearchQuery) -> Search:
    """Return what is meant; refuse unknown places, and a radius around nothing.

    A place and radius that stand among the words count where the fields for them are empty.
    """
    q, place, radius_km = wanted.q, wanted.place, wanted.radius_km
    around = _AROUND.fullmatch(q) if place is None and radius_km is None else None
    if around and 1 <= int(around["km"]) <= 500:  # noqa: PLR2004 - as the field says
        q, place, radius_km = around["rest"], around["place"], int(around["km"])
    if radius_km and not place:
        text = N_("Zu einem Umkreis gehört ein Ort.")
        raise Invalid(FieldError(("place",), "radius_without_place", text))
    point = await find_point(reader, place, field="q" if around else "place") if place else None
    narrowed: dict[str, Any] = {"since": wanted.since, "radius_km": radius_km}
    if point:
        narrowed |= {"latitude": point.latitude, "longitude": point.longitude}
    asked = {
        "thing": wanted.thing,
        "kind": wanted.kind,
        "sector": wanted.sector,
        "group": wanted.group,
    }
    marks = [mark(name, value) for name, value in asked.items() if value]
    areas = [wanted.area, point.id if point and not radius_km else None]
    return Search(
        understand(q),
        [*marks, *(mark("area", one) for one in areas if one)],
        {name: value for name, value in narrowed.items() if value is not None},
        "best" if wanted.order == "distance" and not point else wanted.order,
        wanted.thing,
        point,
    )
