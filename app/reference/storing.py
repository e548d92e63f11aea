"""Bringing the tables of places and sectors to a wanted state, writing only what differs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    TableValuedAlias,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.ids import new_id
from app.core.text import sort_key
from app.models.base import Base, Row
from app.models.places import Place, PlaceKind, PostcodeMunicipality

_LOCK = 0x6B6F_6E74  # any constant: two loaders at once would insert the same rows


@dataclass(slots=True, eq=False)
class StoredPlace:
    """A row of ``places``, as it is or as it shall be."""

    id: UUID
    kind: PlaceKind
    code: str
    name: str
    sort_name: str
    parent_id: UUID | None
    latitude: float | None
    longitude: float | None
    shipped_key: str | None
    is_imported: bool

    def changed(self, values: dict[str, Any]) -> bool:
        """Take the values over; tell whether any differed."""
        differing = {name: value for name, value in values.items() if getattr(self, name) != value}
        for name, value in differing.items():
            setattr(self, name, value)
        return bool(differing)

    def row(self) -> dict[str, Any]:
        """Return all columns."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows were written."""

    added: int = 0
    changed: int = 0
    links_added: int = 0
    links_removed: int = 0

    def __bool__(self) -> bool:
        return any((self.added, self.changed, self.links_added, self.links_removed))


@dataclass(slots=True)
class Atlas:
    """All places in memory; what was put differently from what is stored gets written."""

    places: dict[UUID, StoredPlace] = field(default_factory=dict)
    by_code: dict[tuple[PlaceKind, str], StoredPlace] = field(default_factory=dict)
    by_shipped_key: dict[tuple[PlaceKind, str], StoredPlace] = field(default_factory=dict)
    links: dict[UUID, set[UUID]] = field(default_factory=dict)
    _stored_links: set[tuple[UUID, UUID]] = field(default_factory=set)
    _added: dict[UUID, StoredPlace] = field(default_factory=dict)
    _changed: dict[UUID, StoredPlace] = field(default_factory=dict)

    def know(self, place: StoredPlace) -> None:
        """Make a place findable."""
        self.places[place.id] = place
        self.by_code[place.kind, place.code] = place
        if place.shipped_key is not None:
            self.by_shipped_key[place.kind, place.shipped_key] = place

    def put(
        self,
        known: StoredPlace | None,
        kind: PlaceKind,
        *,
        code: str,
        name: str,
        parent: StoredPlace | None,
        point: tuple[float, float] | None,
        shipped_key: str | None = None,
        is_imported: bool = False,
    ) -> StoredPlace:
        """Add a place, or bring the ``known`` one to these values; its id never changes."""
        latitude, longitude = point or (None, None)
        values: dict[str, Any] = {
            "code": code,
            "name": name,
            "sort_name": known.sort_name if known and known.name == name else sort_key(name),
            "parent_id": parent.id if parent else None,
            "latitude": latitude,
            "longitude": longitude,
            "is_imported": is_imported,
        }
        if known is None:
            known = StoredPlace(id=new_id(), kind=kind, shipped_key=shipped_key, **values)
            self._added[known.id] = known
        elif known.changed(values) and known.id not in self._added:
            self._changed[known.id] = known
        self.know(known)
        return known

    def link(self, postcode: StoredPlace, municipalities: Iterable[StoredPlace]) -> None:
        """Say which municipalities a postcode covers, and no others."""
        self.links[postcode.id] = {municipality.id for municipality in municipalities}

    async def write(self, session: Session) -> Changes:
        """Write what differs from what is stored."""
        wanted = {(code, town) for code, towns in self.links.items() for town in towns}
        gone, new = self._stored_links - wanted, wanted - self._stored_links
        if self._added:
            order = list(PlaceKind)
            rows = sorted(self._added.values(), key=lambda place: order.index(place.kind))
            await _insert(session, Place, [place.row() for place in rows])
        if self._changed:
            await _update(session, Place, [place.row() for place in self._changed.values()])
        link = PostcodeMunicipality
        if gone:
            pair = tuple_(link.postcode_id, link.municipality_id)
            await session.execute(
                delete(link).where(pair.in_(sorted(gone))),
                execution_options={"synchronize_session": False},
            )
        if new:
            names = ("postcode_id", "municipality_id")
            pairs = [dict(zip(names, pair, strict=True)) for pair in sorted(new)]
            await _insert(session, link, pairs)
        return Changes(len(self._added), len(self._changed), len(new), len(gone))


def _sent(table: type[Base], rows: list[dict[str, Any]]) -> TableValuedAlias:
    """Return the rows as a table: thousands travel as one parameter of one statement."""
    columns = [column(name, getattr(table, name).type) for name in rows[0]]
    values = [
        {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
        for row in rows
    ]
    sent = func.jsonb_to_recordset(literal(values, JSONB))
    return sent.table_valued(*columns, name="sent").render_derived(with_types=True)


async def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    sent = _sent(table, rows)
    await session.execute(insert(table).from_select(list(rows[0]), select(*sent.c)))


async def _update(session: Session, table: type[Row], rows: list[dict[str, Any]]) -> None:
    sent = _sent(table, rows)
    values = {name: sent.c[name] for name in rows[0] if name != "id"}
    await session.execute(
        update(table).where(table.id == sent.c.id).values(values),
        execution_options={"synchronize_session": False},
    )


async def open_atlas(session: Session) -> Atlas:
    """Read all places, and keep other loaders out until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    atlas = Atlas()
    columns = [getattr(Place, name) for name in StoredPlace.__slots__]
    for row in await session.execute(select(*columns)):
        atlas.know(StoredPlace(*row))
    stored = await session.execute(
        select(PostcodeMunicipality.postcode_id, PostcodeMunicipality.municipality_id)
    )
    for postcode_id, municipality_id in stored:
        atlas.links.setdefault(postcode_id, set()).add(municipality_id)
        atlas._stored_links.add((postcode_id, municipality_id))  # noqa: SLF001 - its own maker
    return atlas
