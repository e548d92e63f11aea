"""Finding places by what people type."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.core.reads import Reader, prepared
from app.core.text import sort_key
from app.models.places import Place, PlaceKind, PostcodeMunicipality

MAX_SUGGESTIONS: Final = 20
_MAX_CANDIDATES: Final = 10
_POSTCODE = re.compile(r"(?<![0-9])[0-9]{4,5}(?![0-9])")
_AGS = re.compile(r"[0-9]{8}")
_COUNTRY_PREFIX = re.compile(r"^\s*(?:de|d)\s*-?\s*(?=[0-9])", re.IGNORECASE)
_DIGRAPH = re.compile(r"([aou])e")
# A name that means a town and its state ("Berlin") means the town.
_PREFERENCE = (PlaceKind.MUNICIPALITY, PlaceKind.DISTRICT, PlaceKind.STATE, PlaceKind.COUNTRY)


class PlaceUnknown(Invalid):
    """No place is meant by what was typed."""

    code = "place_unknown"
    text = N_("Diesen Ort kennen wir nicht. Bitte geben Sie eine Postleitzahl an.")

    def __init__(self, field: str = "place") -> None:
        super().__init__(FieldError((field,), self.code, self.text))


class PlaceAmbiguous(Invalid):
    """Several places may be meant; ``candidates`` are some of them, by name."""

    code = "place_ambiguous"
    text = N_("Das kann mehrere Orte meinen. Bitte geben Sie nur die Postleitzahl an.")

    def __init__(self, candidates: Sequence[Place] = (), field: str = "place") -> None:
        super().__init__(FieldError((field,), self.code, self.text))
        self.candidates = tuple(candidates)


@dataclass(frozen=True, slots=True)
class PlacedArea:
    """A postcode area or town, for those who place many addresses at once."""

    id: UUID
    latitude: float | None
    longitude: float | None
    town: str


async def find_place(session: Session, text: str, *, field: str = "place") -> Place:
    """Return the place that ``text`` means: ``44793``, ``44793 Bochum``, ``Bochum``.

    A postcode decides; the name beside it may be a quarter, but not another known town. Raise
    PlaceUnknown or PlaceAmbiguous about ``field`` where no one place is meant.
    """
    typed = _COUNTRY_PREFIX.sub("", text[:200])
    digits = _POSTCODE.search(typed)
    name = sort_key(_POSTCODE.sub(" ", typed, count=1) if digits else typed)
    if digits is None:
        return _only(await _named(session, name), field)
    code = {"code": digits.group().zfill(5)}
    row = (await session.execute(_postcode_with_towns(), code)).first()
    if row is None:
        return _only(await _named(session, name), field)
    place: Place = row.Place
    if name and (others := await _other_towns(session, row.towns, name)):
        raise PlaceAmbiguous([place, *others], field)
    return place


@cache
def _postcode_with_towns() -> Select[Place, Sequence[str]]:
    town, link = aliased(Place), PostcodeMunicipality
    towns = (
        select(town.sort_name)
        .join(link, link.municipality_id == town.id)
        .where(link.postcode_id == Place.id)
        .scalar_subquery()
    )
    return select(Place, func.array(towns, type_=ARRAY(Text())).label("towns")).where(
        Place.kind == PlaceKind.POSTCODE, Place.code == bindparam("code", type_=Text())
    )


async def find_postcodes(session: Session) -> dict[str, PlacedArea]:
    """Return every postcode area by its digits, with its main municipality's name."""
    town = aliased(Place)
    rows = await session.execute(
        select(Place.code, Place.id, Place.latitude, Place.longitude, town.name)
        .join(town, town.id == Place.parent_id)
        .where(Place.kind == PlaceKind.POSTCODE)
    )
    return {
        code: PlacedArea(place_id, latitude, longitude, name)
        for code, place_id, latitude, longitude, name in rows
    }


async def find_towns(session: Session) -> dict[str, PlacedArea]:
    """Return the towns by ``sort_key`` of their name, but for names that several towns have."""
    rows = await session.execute(
        select(Place.sort_name, Place.id, Place.latitude, Place.longitude, Place.name).where(
            Place.kind == PlaceKind.MUNICIPALITY, _is_current()
        )
    )
    found: dict[str, PlacedArea | None] = {}
    for key, place_id, latitude, longitude, name in rows:
        area = PlacedArea(place_id, latitude, longitude, name)
        found[key] = None if key in found else area
    return {key: area for key, area in found.items() if area}


def _listed(parent: Any) -> Select[Any]:
    columns: list[Any] = [
        Place.id,
        Place.kind,
        Place.code,
        Place.name,
        parent.name.label("parent_name"),
        Place.latitude,
        Place.longitude,
    ]
    return select(*columns).outerjoin(parent, parent.id == Place.parent_id)


@prepared
def _of_code() -> Select[Any]:
    code: ColumnElement[str] = bindparam("code", type_=String)
    return _listed(aliased(Place)).where(Place.kind == PlaceKind.MUNICIPALITY, Place.code == code)


@prepared
def _suggestions(*, by_code: bool) -> Select[Any]:
    parent = aliased(Place)
    typed: ColumnElement[str] = bindparam("typed", type_=String)
    listed = _listed(parent)
    if by_code:
        listed = listed.where(Place.kind == PlaceKind.POSTCODE, Place.code.like(typed)).order_by(
            Place.code
        )
    else:
        folded: ColumnElement[str] = bindparam("folded", type_=String)
        listed = listed.where(
            or_(Place.sort_name.like(typed), Place.sort_name.like(folded)),
            Place.kind != PlaceKind.POSTCODE,
            _is_current(),
        ).order_by(Place.sort_name, parent.sort_name, Place.id)
    return listed.limit(bindparam("limit"))


async def suggest_places(reader: Reader, text: str, *, limit: int = 10) -> list[Any]:
    """Return places that begin with ``text``: towns, districts and states by name, or postcodes.

    The eight digits of an AGS are its municipality.

    Rows have id, kind, code, name, parent_name, latitude and longitude; ordered by name, or by
    postcode.
    """
    typed = _COUNTRY_PREFIX.sub("", text[:200]).strip()
    limit = max(1, min(limit, MAX_SUGGESTIONS))
    if _AGS.fullmatch(typed):
        return await reader.all(_of_code(), {"code": typed})
    if digits := re.match(r"[0-9]{1,5}(?![0-9])", typed):
        pattern = f"{digits.group()}%"
        return await reader.all(_suggestions(by_code=True), {"typed": pattern, "limit": limit})
    name = sort_key(typed)
    if not name:
        return []
    patterns = {"typed": f"{name}%", "folded": f"{_as_umlaut(name)}%", "limit": limit}
    return await reader.all(_suggestions(by_code=False), patterns)


async def find_point(reader: Reader, text: str, *, field: str = "place") -> Any:
    """Return the place that ``text`` means, for lists: a row as of ``suggest_places``.

    Raise PlaceUnknown or PlaceAmbiguous about ``field`` where no one place with a position is
    meant.
    """
    typed = _COUNTRY_PREFIX.sub("", text[:200])
    if digits := _POSTCODE.search(typed):
        code = digits.group().zfill(5)
        rows = await suggest_places(reader, code)
    else:
        name = sort_key(typed)
        keys = {name, _as_umlaut(name)}
        listed = await suggest_places(reader, typed, limit=MAX_SUGGESTIONS)
        rows = [row for row in listed if sort_key(row.name) in keys] or listed
    placed = [row for row in rows if row.latitude is not None]
    for kind in (PlaceKind.POSTCODE, *_PREFERENCE):
        of_kind = [row for row in placed if row.kind == kind]
        if len(of_kind) == 1:
            return of_kind[0]
        if of_kind:
            raise PlaceAmbiguous((), field)
    raise PlaceUnknown(field)


def _only(found: Sequence[Place], field: str) -> Place:
    if not found:
        raise PlaceUnknown(field)
    for kind in _PREFERENCE:
        of_kind = [place for place in found if place.kind is kind]
        if len(of_kind) == 1:
            return of_kind[0]
        if of_kind:
            raise PlaceAmbiguous(of_kind, field)
    raise PlaceAmbiguous(found, field)


async def _named(session: Session, name: str) -> list[Place]:
    """Return the places of exactly this name, or else those whose name goes on after it."""
    if not name:
        return []
    for spelling in dict.fromkeys((name, _as_umlaut(name))):
        for condition in (
            Place.sort_name == spelling,
            Place.sort_name.startswith(f"{spelling} ", autoescape=True),
        ):
            found = await session.scalars(
                select(Place)
                .where(condition, Place.kind != PlaceKind.POSTCODE, _is_current())
                .order_by(Place.sort_name, Place.id)
                .limit(_MAX_CANDIDATES)
            )
            if places := list(found):
                return places
    return []


async def _other_towns(session: Session, own: Sequence[str], name: str) -> list[Place]:
    """Return the municipalities called ``name`` if none of the postcode's ``own`` is meant."""
    first_words = {town.split()[0] for town in own}
    if {name.split(maxsplit=1)[0], _as_umlaut(name).split()[0]} & first_words:
        return []
    others = await session.scalars(
        select(Place)
        .where(Place.kind == PlaceKind.MUNICIPALITY, Place.sort_name == name, _is_current())
        .order_by(Place.id)
        .limit(_MAX_CANDIDATES)
    )
    return list(others)


def _is_current() -> ColumnElement[bool]:
    """Leave out shipped municipalities that an import has replaced: they have no postcode."""
    return or_(
        Place.kind != PlaceKind.MUNICIPALITY,
        exists().where(and_(PostcodeMunicipality.municipality_id == Place.id)),
    )


def _as_umlaut(name: str) -> str:
    """Read a name as if typed with umlauts: ``muenchen`` is the key of ``München``, ``munchen``."""
    return _DIGRAPH.sub(r"\1", name)
