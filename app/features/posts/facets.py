"""Facets: by which of its details the posts of a kind can be narrowed down, and counted.

Each is one question of the filter form, one query parameter, and one SQL condition:

    facets=(
        choice(SpaceOffer, "object_type"),
        includes(FreightCapacity, "bodies"),
        flag(SpaceOffer, "is_open_all_day"),
        at_least(SpaceOffer, "area_m2", "area_from_m2", N_("Fläche ab (m²)")),
        at_most(SpaceOffer, "rent_eur_m2", "rent_to_eur_m2", N_("Miete bis (€ je m²)")),
    )

Conditions on single values, lists and ticks are answered by the one index on all details.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, get_args

from sqlalchemy import Boolean, ColumnElement, Date, Double, Text, cast, func, true
from sqlalchemy.types import TypeEngine

from app.core.asking import Asked
from app.core.i18n import Locale
from app.core.text import Line
from app.models.posts import Post

if TYPE_CHECKING:
    from pydantic import BaseModel

_Word = Annotated[str, Line(120)]
Condition = Callable[[ColumnElement[Any]], ColumnElement[bool]]
COUNTED = (Post.id, Post.details, Post.published_at, Post.company_id)
# Returns the value of any filter by its name, None or null where it is not asked for.
Asks = Callable[[str, TypeEngine[Any]], ColumnElement[Any] | None]
Together = Callable[[Asks], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow a list down; ``annotation`` says what is asked for, and how.

    ``where`` makes the condition from its value. ``counted`` is the field of the details
    whose values are counted beside the list; ``is_list`` says that one post has several. What no
    field holds is counted by ``values``, made from the columns ``COUNTED`` of a post.
    ``is_point`` says that a place is asked for; its value is latitude and longitude, with a comma.
    ``together`` makes the condition where it hangs on what else is asked for.
    """

    name: str
    annotation: Any
    type: TypeEngine[Any]
    where: Condition
    counted: str | None = None
    is_list: bool = False
    values: Callable[[Any], ColumnElement[Any]] | None = None
    is_point: bool = False
    together: "Together | None" = None

    @property
    def is_counted(self) -> bool:
        """Whether its values are counted beside the list."""
        return bool(self.counted or self.values)

    def values_of(self, post: Any) -> ColumnElement[Any]:
        """Return the value, or the several values, of a post for counting."""
        if self.values:
            return self.values(post)
        field = post.details[self.counted]
        found: ColumnElement[Any] = (
            func.jsonb_array_elements_text(field) if self.is_list else field.astext
        )
        return found


def holds(**given: Any) -> ColumnElement[bool]:
    """Keep posts whose details contain these values; a list means that it is among several."""
    pairs = [part for pair in given.items() for part in pair]
    return Post.details.contains(func.jsonb_build_object(*pairs))


def choice(details: "type[BaseModel]", field: str, *, label: str = "") -> Facet:
    """Keep posts whose field has the value chosen."""
    asked = _asked(details, field, label)
    return Facet(field, asked, Text(), lambda value: holds(**{field: value}), field)


def includes(details: "type[BaseModel]", field: str, name: str = "", *, label: str = "") -> Facet:
    """Keep posts whose field, a list, has the value chosen among its own."""
    return Facet(
        name or field,
        _asked(details, field, label),
        Text(),
        lambda value: holds(**{field: func.jsonb_build_array(value)}),
        field,
        is_list=True,
    )


def flag(details: "type[BaseModel]", field: str, *, label: str = "") -> Facet:
    """Keep posts whose field is ticked."""
    said = label or _question(details, field).label
    return Facet(
        field,
        Annotated[bool | None, Asked(said, widget="checkbox")],
        Boolean(),
        lambda value: holds(**{field: value}),
        field,
    )


def at_least(field: str, name: str, label: str, hint: str = "") -> Facet:
    """Keep posts whose field is this number or more; those without one are left out."""
    return _number(name, label, hint, lambda value: number_of(field) >= value)


def at_most(field: str, name: str, label: str, hint: str = "") -> Facet:
    """Keep posts whose field is this number or less; those without one are left out."""
    return _number(name, label, hint, lambda value: number_of(field) <= value)


def not_before(field: str, name: str, label: str, hint: str = "") -> Facet:
    """Keep posts whose field is this day or later."""
    return _day(name, label, hint, lambda value: day_of(field) >= value)


def not_after(field: str, name: str, label: str, hint: str = "") -> Facet:
    """Keep posts whose field is this day or earlier."""
    return _day(name, label, hint, lambda value: day_of(field) <= value)


def point(name: str, label: str, hint: str, together: Together) -> Facet:
    """Keep posts by where they lie to a place: a postcode or municipality."""
    asked = Annotated[Annotated[str, Line(120)] | None, Asked(label, hint)]
    return Facet(name, asked, Text(), lambda _: true(), is_point=True, together=together)


def number_of(field: str) -> ColumnElement[float]:
    """Return a number of the details, null where there is none."""
    return cast(Post.details[field].astext, Double())


def day_of(field: str) -> ColumnElement[date]:
    """Return a day of the details, null where there is none."""
    return cast(func.left(Post.details[field].astext, 10), Date())


def _number(name: str, label: str, hint: str, where: Condition) -> Facet:
    return Facet(name, Annotated[float | None, Asked(label, hint)], Double(), where)


def _day(name: str, label: str, hint: str, where: Condition) -> Facet:
    return Facet(name, Annotated[date | None, Asked(label, hint)], Date(), where)


def _question(details: "type[BaseModel]", field: str) -> Asked:
    metadata = details.model_fields[field].metadata
    return next((one for one in metadata if isinstance(one, Asked)), Asked(field))


def _asked(details: "type[BaseModel]", field: str, label: str) -> Any:
    """Return the question for one value of a field: an enum's members, or its given choices."""
    asked = _question(details, field)
    said = label or asked.label
    enum = _enum(details.model_fields[field].annotation)
    if enum:
        return Annotated[enum | None, Asked(said, widget="select")]
    if choices := asked.choices:

        def offered(locale: Locale) -> list[tuple[str, str]]:
            return list(choices(locale))

        return Annotated[_Word | None, Asked(said, widget="select", choices=offered)]
    return Annotated[_Word | None, Asked(said, widget="text")]


def _enum(annotation: Any) -> type[StrEnum] | None:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return annotation
    parts = [part for part in get_args(annotation) if part is not NoneType]
    return next((found for part in parts if (found := _enum(part))), None)
