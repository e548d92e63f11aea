"""Finding the searches that a post fits, whenever it is published or changes.

One statement looks at all of them: an index on kind and latitude leaves those that may fit, and
each filter of these is asked with the very condition that the list of posts would make of it.
"""

import json
from collections.abc import Iterable
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Double,
    Select,
    Text,
    Uuid,
    any_,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, insert
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from app.core import clock
from app.core.actor import Actor
from app.core.events import Event, emit, on
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.reads import SessionReader, bound, prepared
from app.features.places.distance import distance_km
from app.features.places.region import places_around
from app.features.posts import policy
from app.features.posts.drafts import KINDS
from app.features.posts.editing import PostEdited
from app.features.posts.ending import PostReleased, PostRenewed
from app.features.posts.feed import condition
from app.features.posts.matching_rules import Reason
from app.features.posts.publishing import PostPublished
from app.features.posts.sectors import sectors_of_post
from app.features.posts.wording import words_now
from app.features.wording.filtering import fits
from app.models.places import Place
from app.models.posts import Post
from app.models.searches import Frequency, SavedSearch, SearchHit

_ASKED: Final = ("q", "group_id", "company_id", "author_id", "tag", "sector", "since", "due_by")
_centre: Any = aliased(Place)
# In SQL, whoever keeps the search at hand: policies then decide for each reader by themselves.
# A column of the mapped table would be taken for a table of its own in their nested questions.
READER: Final = Actor(person_id=literal_column("saved_searches.person_id", Uuid()))  # type: ignore[arg-type]


class HitsFound(Event):
    """Something was found that one person is to be told of at once."""

    name: ClassVar[str] = "search.hits_found"
    person_id: UUID


@on(PostPublished)
async def find_for_published(session: Session, event: PostPublished) -> None:
    """Find the searches that a new post fits."""
    await find_searches(session, event.post_id)


@on(PostEdited)
async def find_for_edited(session: Session, event: PostEdited) -> None:
    """Find the searches that a post fits now that it reads differently."""
    await find_searches(session, event.post_id)


@on(PostRenewed)
async def find_for_renewed(session: Session, event: PostRenewed) -> None:
    """Find the searches that a post fits which may have been gone meanwhile."""
    await find_searches(session, event.post_id)


@on(PostReleased)
async def find_for_released(session: Session, event: PostReleased) -> None:
    """Find the searches that a post fits which is on offer again."""
    await find_searches(session, event.post_id)


async def find_searches(session: Session, post_id: UUID) -> None:
    """Keep a hit for every search that a post fits and whose keeper may see it.

    A hit that is known stays as it is, so that it is told of once. Nobody hears of own posts.
    """
    post = (
        await session.execute(
            select(Post.kind, Post.place_id, Post.details, Post.company_id).where(
                Post.id == post_id
            )
        )
    ).first()
    if post is None or post.kind not in KINDS:
        return
    words = await words_now(session, post_id)
    sectors = await sectors_of_post(session, post.kind, post.details, post.company_id)
    params = {
        "post_id": post_id, "place_id": post.place_id, "words": words, "sectors": [*sectors]
    }  # fmt: skip
    rows = await SessionReader(session).all(_fitting(post.kind), params)
    found = [
        (row.id, post_id, reasons_for(post.kind, row.distance_km, row.centre),
         row.frequency != Frequency.NEVER)
        for row in rows
    ]  # fmt: skip
    new = await keep_hits(session, found)
    readers = {
        row.person_id for row in rows if row.id in new and row.frequency == Frequency.AT_ONCE
    }
    for person_id in sorted(readers):
        emit(session, HitsFound(person_id=person_id))


@prepared
def _fitting(kind: str) -> Select[Any]:
    """Select every search that a post of a kind fits, and how far it is from its centre."""
    around: Any = bound("place_id", Uuid())
    away = distance_km(Place.latitude, Place.longitude, _centre.latitude, _centre.longitude)
    # Whoever is nowhere lies in every search without a radius, which spans the earth.
    here = [func.coalesce(at, 0.0, type_=Double()) for at in (Place.latitude, Place.longitude)]
    is_near = SavedSearch.radius_km.is_not(None)
    columns: list[Any] = [
        SavedSearch.id,
        SavedSearch.person_id,
        SavedSearch.frequency,
        case((is_near, away)).label("distance_km"),
        _centre.name.label("centre"),
    ]
    names = [*_ASKED, *(f"facet_{facet.name}" for facet in KINDS[kind].facets)]
    return (
        select(*columns)
        .select_from(Post)
        .join(SavedSearch, SavedSearch.kind.in_(("", kind)))
        .outerjoin(Place, Place.id == Post.place_id)
        .outerjoin(_centre, _centre.id == SavedSearch.place_id)
        .where(
            Post.id == bound("post_id", Uuid()),
            policy.current(),
            SavedSearch.south <= here[0],
            SavedSearch.north >= here[0],
            SavedSearch.west <= here[1],
            SavedSearch.east >= here[1],
            or_(
                is_near,
                SavedSearch.place_id.is_(None),
                SavedSearch.place_id.in_(places_around(around)),
            ),
            or_(not_(is_near), away <= SavedSearch.radius_km),
            *(_asks(kind, name) for name in names),
            policy.stands_open_to(READER),
            policy.kept_by(READER).is_not(true()),
            policy.written_by(READER).is_not(true()),
        )
    )


def _asks(kind: str, name: str) -> ColumnElement[bool]:
    """Keep searches that do not ask for this, or get it."""
    # What is found when it is published may have no document yet, nor be filed anywhere.
    match name:
        case "q":
            made: ColumnElement[bool] | None = _says(_kept("q", Text()))
        case "sector":
            made = _kept("sector", Text()) == any_(bound("sectors", ARRAY(Text())))
        case _:
            made = condition(kind, name, _kept)
    not_asked = not_(SavedSearch.wanted.has_key(name))
    return not_asked if made is None else or_(not_asked, made)


def _says(asked: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the post at hand has the words asked for."""
    return fits(cast(bound("words", Text()), TSVECTOR), asked)


def _kept(name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    """Return the value of a filter from the search at hand."""
    return cast(SavedSearch.wanted[name].astext, type_)


def reasons_for(kind: str, away_km: float | None, centre: str | None) -> list[dict[str, Any]]:
    """Say why a post is told of: what it is and, in a radius, how far off."""
    reasons = [Reason(KINDS[kind].label)]
    if away_km is not None and centre is not None:
        given = {"km": round(away_km, 1), "place": centre}
        reasons.append(Reason(N_("%(km)s km von %(place)s"), given))
    return [reason.stored for reason in reasons]


Found = tuple[UUID, UUID, list[dict[str, Any]], bool]  # search, post, reasons, whether it is due


async def keep_hits(session: Session, found: Iterable[Found]) -> set[UUID]:
    """Write hits that are not known yet; return the searches for which there are new ones."""
    rows = list(found)
    given = func.unnest(
        _array([new_id() for _ in rows], Uuid()),
        _array([search_id for search_id, *_ in rows], Uuid()),
        _array([post_id for _, post_id, *_ in rows], Uuid()),
        _array([json.dumps(reasons) for *_, reasons, _ in rows], Text()),
        _array([is_due for *_, is_due in rows], Boolean()),
    ).table_valued(
        column("id", Uuid()),
        column("search_id", Uuid()),
        column("post_id", Uuid()),
        column("reasons", Text()),
        column("is_due", Boolean()),
    )
    hits = given.render_derived()
    now: Any = literal(clock.now())
    source = select(
        hits.c.id, hits.c.search_id, hits.c.post_id, cast(hits.c.reasons, JSONB), hits.c.is_due, now
    )
    names = ["id", "search_id", "post_id", "reasons", "is_due", "found_at"]
    written: Any = (
        insert(SearchHit)
        .from_select(names, source)
        .on_conflict_do_nothing(index_elements=["search_id", "post_id"])
        .returning(SearchHit.search_id)
    )
    return set(await session.scalars(written))


def _array(values: list[Any], type_: TypeEngine[Any]) -> Any:
    return literal(values, ARRAY(type_))
