"""One place, by whatever its address names it by: code, id, or name."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    Uuid,
    any_,
    case,
    cast,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.core.errors import NotFound
from app.core.reads import Reader, bound, prepared
from app.core.text import sort_key
from app.models.places import Place, PlaceKind, PostcodeMunicipality

_MOST = 20
_RANK = (PlaceKind.MUNICIPALITY, PlaceKind.POSTCODE, PlaceKind.DISTRICT, PlaceKind.STATE)


def _columns() -> Select[Any]:
    parent, namesake = aliased(Place), aliased(Place)
    columns: list[Any] = [
        Place.id,
        Place.kind,
        Place.code,
        Place.name,
        Place.parent_id,
        Place.latitude,
        Place.longitude,
        parent.name.label("parent_name"),
        parent.code.label("parent_code"),
        exists()
        .where(
            namesake.sort_name == Place.sort_name,
            namesake.kind == Place.kind,
            namesake.id != Place.id,
        )
        .label("has_namesake"),
    ]
    return select(*columns).outerjoin(parent, parent.id == Place.parent_id)


@prepared
def _named() -> Select[Any]:
    code = bound("code", Text())
    return (
        _columns()
        .where(
            or_(
                Place.id == bound("id", Uuid()),
                Place.code == code,
                (Place.kind == PlaceKind.MUNICIPALITY)
                & (Place.sort_name == bound("name", Text()))
                & exists().where(PostcodeMunicipality.municipality_id == Place.id),
            )
        )
        .limit(_MOST)
    )


@prepared
def _several() -> Select[Any]:
    ids: Any = bound("ids", ARRAY(Uuid()))
    columns: list[Any] = [Place.id, Place.code, Place.name]
    return select(*columns).where(Place.id == any_(ids)).order_by(Place.sort_name, Place.id)


async def find_area(reader: Reader, key: str) -> Any:
    """Return a place: by its code, its id, or the name of a municipality that no other has.

    Rows have id, kind, code, name, ``has_namesake``, and id, code and name of what it lies in.
    """
    params = {"id": _as_id(key), "code": key, "name": sort_key(key.replace("-", " "))}
    rows = await reader.all(_named(), params)
    exact = [row for row in rows if key in {row.code, str(row.id)}]
    if exact:
        return min(
            exact, key=lambda row: _RANK.index(row.kind) if row.kind in _RANK else len(_RANK)
        )
    if len(rows) != 1:
        raise NotFound
    return rows[0]


async def names_of_places(reader: Reader, ids: list[str]) -> dict[str, Any]:
    """Return code and name of places by id, in the order of their names."""
    rows = await reader.all(_several(), {"ids": [UUID(one) for one in ids]})
    return {str(row.id): row for row in rows}


def path_of_place(place: Any) -> str:
    """Return the path of the page of a place; where no official code is known, by its id."""
    return f"/places/{place.code if place.code.isdigit() else place.id}"


def code_of_path() -> ColumnElement[str]:
    """Return the column that ends the path of a place, as of ``path_of_place``."""
    digits = Place.code.regexp_match("^[0-9]+$")
    return case((digits, Place.code), else_=cast(Place.id, Text()))


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
