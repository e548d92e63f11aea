"""The directory of people: who is here, for which topic, in which language, how far away."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    Text,
    Uuid,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.actor import Actor
from app.core.asking import Asked
from app.core.drafts import Narrowing
from app.core.i18n import N_, Locale, translate
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.text import Line, sort_key
from app.features.appearances.noting import note_people
from app.features.people import policy
from app.features.places.distance import distance_km, within_km
from app.features.places.lookup import find_point
from app.features.places.region import places_within
from app.features.wording.filtering import has_words
from app.features.wording.questions import understand
from app.models.companies import Company, CompanyState, Staff
from app.models.people import Person
from app.models.places import Place
from app.models.search import Thing
from app.models.statistics import Surface
from app.reference.codes import Language, choices_of
from app.reference.tables import languages
from app.reference.topics import Topic, topic_choices

LATITUDE: ColumnElement[float] = bound("latitude", Double())
LONGITUDE: ColumnElement[float] = bound("longitude", Double())
RADIUS: ColumnElement[float] = bound("radius_km", Double())
_AWAY = distance_km(Place.latitude, Place.longitude, LATITUDE, LONGITUDE)
_SHORT = 3  # characters; fewer make no trigram

BY_NAME = Order("people.name", N_("Personen nach dem Alphabet"), Person.sort_name, Person.id)
BY_DISTANCE = Order(
    "people.distance",
    N_("Personen nach Entfernung ihres Ortes (Luftlinie), die nächsten zuerst"),
    _AWAY,
    Person.id,
)


def radius_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return the radii that forms offer."""
    del locale
    return [(str(km), f"{km} km") for km in (5, 10, 25, 50, 100)]


def order_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return the orders that forms offer."""
    return [
        ("name", translate(N_("Name"), locale)),
        ("distance", translate(N_("Entfernung"), locale)),
    ]


class Filters(Narrowing):
    """What every directory can be narrowed by."""

    q: Annotated[
        Annotated[str, Line(80, 0)] | None,
        Field(
            description="Part of the name, where small mistakes are forgiven, or words of the "
            "profile, as `GET /search` reads them."
        ),
        Asked(N_("Name oder Suchbegriffe")),
    ] = None
    place: Annotated[
        Annotated[str, Line(120, 0)] | None,
        Field(description="Postcode or name of a place."),
        Asked(N_("Ort"), N_("Postleitzahl oder Name")),
    ] = None
    radius_km: Annotated[
        int | None,
        Field(ge=1, le=500, description="As the crow flies, from `place`."),
        Asked(N_("Umkreis"), choices=radius_choices),
    ] = None
    order: Annotated[
        Literal["name", "distance"],
        Field(description="`distance` needs a `place`."),
        Asked(N_("Reihenfolge"), choices=order_choices),
    ] = "name"


class PersonFilters(Filters):
    """What the directory of people can be narrowed by."""

    topic: Annotated[Topic | None, Asked(N_("Thema"), choices=topic_choices)] = None
    language: Annotated[Language | None, Asked(N_("Sprache"), choices=choices_of(languages))] = None


def named_like(sort_name: Any, *, short: bool) -> ColumnElement[bool]:
    """Return the condition that a name fits the parameters ``name`` and ``part``.

    Either it contains what was typed or a word of it is spelt nearly so; what is too ``short``
    for that must begin it.
    """
    part = bound("part", Text())
    if short:
        return sort_name.like(part)  # type: ignore[no-any-return]
    name = bound("name", Text())
    return or_(sort_name.like(part), name.bool_op("<%")(sort_name))


def named_or_said(id_: Any, sort_name: Any, thing: Thing, *, short: bool) -> ColumnElement[bool]:
    """Return the condition that a name fits, or that something is found by these words."""
    named = named_like(sort_name, short=short)
    return named if short else or_(named, has_words(id_, thing))


def name_params(q: str | None) -> tuple[dict[str, str], bool]:
    """Return the parameters of ``named_or_said`` for what was typed, and whether that is short."""
    name = sort_key(q or "")
    short = len(name) < _SHORT
    part = f"{name}%" if short else f"%{name}%"
    return {"name": name, "part": part, "words": understand(q).asked}, short


@prepared
def _people(
    actor: Actor,
    *,
    named: bool,
    short: bool,
    topic: bool,
    language: bool,
    near: Literal["in", "around"] | None,
    order: str,
    after: bool,
) -> Select[Any]:
    first_company = (
        select(Company.name)
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Staff.person_id == Person.id,
            Staff.ended_at.is_(None),
            Staff.is_shown,
            Company.state == CompanyState.ACTIVE,
        )
        .order_by(Company.sort_name, Company.id)
        .limit(1)
        .correlate(Person)
    )
    columns: list[Any] = [
        Person.id,
        Person.slug,
        Person.name,
        Person.headline,
        Person.function,
        Person.topics,
        Person.languages,
        Person.picture_id,
        Place.name.label("place"),
        first_company.scalar_subquery().label("company"),
    ]
    query = (
        select(*columns)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(policy.visible_to(actor))
    )
    if named:
        query = query.where(named_or_said(Person.id, Person.sort_name, Thing.PERSON, short=short))
    if topic:
        wanted = bound("topic", ARRAY(Text()))
        query = query.where(Person.topics.contains(wanted))
    if language:
        spoken = bound("language", ARRAY(Text()))
        query = query.where(Person.languages.contains(spoken))
    if near == "in":
        place = bound("place_id", Uuid())
        query = query.where(Person.place_id.in_(places_within(place)))
    elif near == "around":
        query = query.where(within_km(Place.latitude, Place.longitude, LATITUDE, LONGITUDE, RADIUS))
    if near:
        query = query.add_columns(_AWAY.label("distance_km"))
    chosen = BY_DISTANCE if order == "distance" else BY_NAME
    if order == "distance":
        query = query.where(Place.latitude.is_not(None))
    return chosen.page(query, after=after).execution_options(plan_each_time=named)


async def list_people(
    reader: Reader, actor: Actor, filters: PersonFilters, paging: Paging
) -> Page[Any]:
    """Return people who fit, by name or by distance from the place asked for.

    Rows have distance_km only where a place was asked for. Raises Invalid for unknown places.
    """
    name, short = name_params(filters.q)
    params: dict[str, Any] = {
        **name,
        "topic": [filters.topic],
        "language": [filters.language],
        "radius_km": filters.radius_km,
        "me": actor.person_id,
    }
    near: Literal["in", "around"] | None = None
    if filters.place:
        point = await find_point(reader, filters.place)
        near = "around" if filters.radius_km else "in"
        params |= {"latitude": point.latitude, "longitude": point.longitude, "place_id": point.id}
    order = "distance" if near and filters.order == "distance" else "name"
    read = _people(
        actor.shape,
        named=bool(name["name"]),
        short=short,
        topic=filters.topic is not None,
        language=filters.language is not None,
        near=near,
        order=order,
        after=paging.cursor is not None,
    )
    chosen = BY_DISTANCE if order == "distance" else BY_NAME
    page = await chosen.fetch(reader, read, paging, params)
    note_people(Surface.DIRECTORY, actor, [row.id for row in page.items])
    return page
