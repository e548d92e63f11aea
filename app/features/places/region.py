"""Which places lie in which, and which belong to the region this instance speaks for."""

import re
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import QueryableAttribute

from app.models.places import Place, PlaceKind, PostcodeMunicipality

_AGS = re.compile(r"[0-9]{2,8}")
_POSTCODE = re.compile(r"plz:([0-9]{1,5})", re.IGNORECASE)


def region_places(codes: Iterable[str]) -> Select[UUID]:
    """Select the ids of all places in a region.

    ``codes`` are official municipality codes (AGS) or their beginnings, so ``03154`` is a whole
    district and ``05`` a state; ``plz:`` before digits means postcodes that begin with them. A
    postcode area that lies in the region with a part of it belongs to it.
    """
    named = [_named(code) for code in codes]
    base = select(Place.id).where(or_(false(), *named)).cte("named")
    ids = union(
        select(base.c.id),
        select(PostcodeMunicipality.postcode_id).join(
            base, base.c.id == PostcodeMunicipality.municipality_id
        ),
    ).subquery("region")
    return select(ids.c.id)


def region_towns(codes: Iterable[str]) -> Select[UUID]:
    """Select the ids of the municipalities of a region, as of ``region_places``.

    Where the region is named by postcodes, those that lie in them with a part belong to it.
    """
    base = select(Place.id).where(or_(false(), *(_named(code) for code in codes))).cte("named_here")
    own = PostcodeMunicipality.municipality_id == Place.id
    return select(Place.id).where(
        Place.kind == PlaceKind.MUNICIPALITY,
        exists().where(own),
        or_(
            Place.id.in_(select(base.c.id)),
            exists().where(own, PostcodeMunicipality.postcode_id.in_(select(base.c.id))),
        ),
    )


def in_region(
    place_id: QueryableAttribute[UUID] | QueryableAttribute[UUID | None], codes: Iterable[str]
) -> ColumnElement[bool]:
    """Return the SQL condition that a row's place belongs to the region."""
    return place_id.in_(region_places(codes))


async def region_place_ids(session: Session, codes: Iterable[str]) -> frozenset[UUID]:
    """Return the ids of all places in a region."""
    return frozenset(await session.scalars(region_places(codes)))


def places_within(place_id: UUID | ColumnElement[UUID]) -> Select[UUID]:
    """Select the ids of a place and of all that lie in it.

    ``place_id`` may be a bound parameter of a prepared read. A municipality includes every
    postcode area that it has a part in.
    """
    tree = select(Place.id, Place.kind).where(Place.id == place_id).cte("within", recursive=True)
    tree = tree.union(
        select(Place.id, Place.kind).join(tree, Place.parent_id == tree.c.id),
    )
    ids = union(
        select(tree.c.id),
        select(PostcodeMunicipality.postcode_id).join(
            tree,
            and_(
                tree.c.id == PostcodeMunicipality.municipality_id,
                tree.c.kind == PlaceKind.MUNICIPALITY,
            ),
        ),
    ).subquery("inside")
    return select(ids.c.id)


def places_around(place_id: UUID | ColumnElement[UUID]) -> Select[UUID]:
    """Select the ids of a place and of all in which it lies, up to the country.

    A postcode area lies in every municipality that it has a part of.
    """
    towns = (
        select(Place.id, Place.parent_id)
        .join(PostcodeMunicipality, PostcodeMunicipality.municipality_id == Place.id)
        .where(PostcodeMunicipality.postcode_id == place_id)
    )
    start = union(select(Place.id, Place.parent_id).where(Place.id == place_id), towns).subquery()
    tree = select(start.c.id, start.c.parent_id).cte("around", recursive=True)
    tree = tree.union(select(Place.id, Place.parent_id).join(tree, Place.id == tree.c.parent_id))
    return select(tree.c.id)


def areas_of(place_ids: Iterable[UUID | None]) -> Select[UUID, UUID]:
    """Select, for each of several places, what ``places_around`` selects for one."""
    ids = list(place_ids)
    itself = select(Place.id.label("start"), Place.id, Place.parent_id).where(Place.id.in_(ids))
    towns = (
        select(PostcodeMunicipality.postcode_id, Place.id, Place.parent_id)
        .join(Place, Place.id == PostcodeMunicipality.municipality_id)
        .where(PostcodeMunicipality.postcode_id.in_(ids))
    )
    start = union(itself, towns).subquery()
    tree = select(start.c.start, start.c.id, start.c.parent_id).cte("areas", recursive=True)
    tree = tree.union(
        select(tree.c.start, Place.id, Place.parent_id).join(tree, Place.id == tree.c.parent_id)
    )
    return select(tree.c.start, tree.c.id)


def _named(code: str) -> ColumnElement[bool]:
    if postcode := _POSTCODE.fullmatch(code):
        return and_(Place.kind == PlaceKind.POSTCODE, Place.code.startswith(postcode[1]))
    if not _AGS.fullmatch(code):
        msg = f"{code!r} is no AGS, no beginning of one, and no plz: code"
        raise ValueError(msg)
    return and_(
        Place.kind.in_((PlaceKind.MUNICIPALITY, PlaceKind.DISTRICT)), Place.code.startswith(code)
    )
