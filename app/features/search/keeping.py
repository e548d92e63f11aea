"""Keeping documents in step with what they are about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSVECTOR, insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import every
from app.features.places.region import areas_of
from app.features.search.describing import SOURCES, Source, document_of
from app.features.wording.documents import VERSION
from app.models.search import SearchDocument, SearchWord, Thing

BATCH: Final = 1_000  # things at a time
_MOST: Final = 20  # batches of one kind of thing, each time that the clock asks for it
_ALREADY: Final = SearchDocument.__table__.c


async def keep_documents(session: Session, thing: Thing, ids: Sequence[UUID]) -> None:
    """Make the documents about some things anew; what cannot be found any more has none."""
    source = SOURCES[thing]
    rows = list(await session.execute(source.rows().where(source.id.in_(ids))))
    gone = set(ids) - {row.id for row in rows}
    if gone:
        await session.execute(delete(SearchDocument).where(SearchDocument.id.in_(gone)))
    if not rows:
        return
    new = insert(SearchDocument).values({"words": cast(bindparam("words", type_=Text()), TSVECTOR)})
    taken = {name: new.excluded[name] for name in _ALREADY.keys() if name != "id"}  # noqa: SIM118
    written = new.on_conflict_do_update(
        index_elements=["id"],
        set_=taken,
        where=or_(
            SearchDocument.made_from <= new.excluded.made_from,
            SearchDocument.made_by != new.excluded.made_by,
        ),
    )
    described = [(row, source.describe(row)) for row in rows]
    areas = await _areas_of(session, {said.place_id for _, said in described})
    made = [document_of(thing, row, said, areas[said.place_id]) for row, said in described]
    await session.execute(written, made)
    spoken = (said.words.telling for row, said in described if row.is_public)
    await _keep_words(session, set().union(*spoken))


async def _areas_of(
    session: Session, place_ids: set[UUID | None]
) -> Mapping[UUID | None, list[UUID]]:
    """Return the places themselves and all in which they lie, by place; none for none."""
    found = defaultdict[UUID | None, list[UUID]](list)
    for place_id, area in await session.execute(areas_of(place_ids - {None})):
        found[place_id].append(area)
    return found


async def _keep_words(session: Session, words: set[str]) -> None:
    """Keep words of documents for everybody; in order, so that nobody waits for each other."""
    sent: Select[Any] = select(func.unnest(literal(sorted(words), ARRAY(Text())), type_=Text()))
    new = insert(SearchWord).from_select(["word"], sent).on_conflict_do_nothing()
    await session.execute(new)


async def keep_up(session: Session, thing: Thing, *, batches: int = _MOST) -> int:
    """Make documents that are missing or out of date, and drop those of what is gone.

    Returns how many things were looked at anew; done again, it finds nothing left to do.
    """
    looked_at = 0
    for _ in range(batches):
        ids = list(await session.scalars(_out_of_step(thing)))
        await keep_documents(session, thing, ids)
        looked_at += len(ids)
        if len(ids) < BATCH:
            break
    return looked_at


def _out_of_step(thing: Thing) -> Select[Any]:
    """Select things whose document is missing or past, and documents without a thing."""
    source = SOURCES[thing]
    found = source.rows().subquery()
    behind = (
        select(found.c.id)
        .outerjoin(SearchDocument, SearchDocument.id == found.c.id)
        .where(
            or_(
                SearchDocument.id.is_(None),
                SearchDocument.made_from != found.c.version,
                SearchDocument.made_by != VERSION,
            )
        )
    )
    living = select(found.c.id)
    lost = select(SearchDocument.id).where(
        SearchDocument.thing == thing, SearchDocument.id.not_in(living)
    )
    both = union_all(behind, lost).subquery()
    return select(both.c.id).limit(BATCH)


@every("*/20 * * * *")
async def catch_up(session: Session) -> None:
    """Bring every document into step, should an event have been missed or words be made anew."""
    for thing in Thing:
        await keep_up(session, thing)


@every("40 3 * * *")
async def forget_words(session: Session) -> None:
    """Forget the words that stand in no document any more."""
    asked = cast(func.quote_literal(SearchWord.word), Text())
    somewhere = (
        select(literal(1)).where(SearchDocument.words.op("@@")(func.to_tsquery("simple", asked)))
    ).exists()
    await session.execute(delete(SearchWord).where(~somewhere))


async def next_ids(session: Session, thing: Thing, after: UUID | None) -> list[UUID]:
    """Return the next things after one, in the order of their ids, to make all anew."""
    source: Source = SOURCES[thing]
    found = source.rows().with_only_columns(source.id).order_by(source.id).limit(BATCH)
    return list(await session.scalars(found.where(source.id > after) if after else found))
