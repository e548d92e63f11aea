"""Reading posts as rules of matching see them: what is offered or sought, and where."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.features.posts import policy
from app.features.posts.drafts import restored
from app.features.posts.matching_rules import Party, Rule, Side
from app.models.companies import Company, CompanySector
from app.models.places import Place
from app.models.posts import Post, PostStatus

# A postcode lies in a municipality, that in a district, a state and a country.
_around = [aliased(Place) for _ in range(4)]


@dataclass(frozen=True, slots=True)
class Found:
    """A post that is open, and what a rule sees of it."""

    post_id: UUID
    kind: str
    version: int
    party: Party


async def open_party(session: Session, post_id: UUID, rule: Rule) -> Found | None:
    """Return a post as ``rule`` sees it; None where it is not open to be matched."""
    row = (await session.execute(_parties(rule).where(Post.id == post_id))).first()
    return _found(row) if row else None


async def candidates(session: Session, subject: Found, rule: Rule) -> list[Found]:
    """Return the open posts of the other kind that may fit, in the order they were published."""
    side = Side(subject.party, is_offer=subject.kind == rule.offers)
    narrowed = _parties(rule).where(
        Post.kind == rule.counterpart(subject.kind),
        Post.id != subject.post_id,
        *rule.narrow(side),
    )
    return [_found(row) for row in await session.execute(narrowed)]


def _parties(rule: Rule) -> Select[Any]:
    sectors = select(
        func.array_agg(
            func.concat(CompanySector.classification, literal(":", Text()), CompanySector.code)
        )
    ).where(CompanySector.company_id == Post.company_id)  # none for who is concealed
    size = select(Company.size_band).where(Company.id == Post.company_id)
    path: Any = array([Place.code, *(cast(place.code, Text) for place in _around)])
    columns: list[Any] = [
        Post.id,
        Post.kind,
        Post.version,
        Post.details,
        Post.title,
        Post.excerpt,
        Post.tags,
        Post.published_at,
        Place.latitude,
        Place.longitude,
        Place.name.label("place_name"),
        func.array_remove(path, None).label("place_path"),
        sectors.correlate(Post).scalar_subquery().label("sectors"),
        size.correlate(Post).scalar_subquery().label("size_band"),
    ]
    if rule.index is not None:
        columns.append(rule.index)
    query = select(*columns).select_from(Post).outerjoin(Place, Place.id == Post.place_id)
    inner: Any = Place
    for place in _around:
        query = query.outerjoin(place, place.id == inner.parent_id)
        inner = place
    if rule.index is not None:
        index: Any = rule.index
        query = query.outerjoin(index, index.post_id == Post.id)
    return query.where(policy.current(), Post.status == PostStatus.ACTIVE).execution_options(
        populate_existing=True
    )


def _found(row: Any) -> Found:
    party = Party(
        details=restored(row.kind, row.details),
        published_at=row.published_at,
        title=row.title,
        text=" ".join((row.title, row.excerpt, *row.tags)),
        latitude=row.latitude,
        longitude=row.longitude,
        place_name=row.place_name,
        place_path=tuple(row.place_path),
        sectors=tuple(sorted(row.sectors or ())),
        size_band=row.size_band,
        indexed=row[-1] if len(row) > _PLAIN else None,
    )
    return Found(row.id, row.kind, row.version, party)


_PLAIN = 14  # columns that are read for every rule
