"""Documents of very many posts and replies, written with COPY.

To read a text and to find the stems of its words takes milliseconds, so this is done as always for
the first ones only (``MADE``). The others get the words and the name of one of these, but their own
kind, group, place and time, by which they are narrowed down and put in order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import transaction
from app.features.places.region import areas_of
from app.features.posts import policy
from app.features.search.keeping import keep_documents, next_ids
from app.features.search.marking import marks_of
from app.features.wording.documents import VERSION
from app.models.posts import Post, Reply
from app.models.search import SearchDocument, Thing
from app.runtime import Runtime
from bench.copying import Copying

MADE: Final = 5_000  # of posts, and of replies
_COPIED: Final = frozenset({Thing.POST, Thing.REPLY})
_INDEXES: Final = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE tablename = 'search_documents' AND indexdef NOT LIKE '%UNIQUE%'
"""


async def make_documents(rt: Runtime, dsn: str) -> dict[Thing, int]:
    """Make the documents of everything there is; return how many of each thing.

    The indexes are made last, as when a database is restored.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        indexes = list(connection.execute(_INDEXES))
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        made = {thing: await _make(rt, thing) for thing in Thing}
        for thing in _COPIED:
            made[thing] += await _copy(rt, connection, thing)
        for _, definition in indexes:
            connection.execute(definition.encode())
        connection.execute("VACUUM (ANALYZE)")
    return made


async def _make(rt: Runtime, thing: Thing) -> int:
    """Make documents as they are always made."""
    made, last = 0, None
    while thing not in _COPIED or made < MADE:
        async with transaction(rt.sessions) as session:
            ids = await next_ids(session, thing, last)
            await keep_documents(session, thing, ids)
        if not ids:
            break
        made, last = made + len(ids), ids[-1]
    return made


async def _copy(rt: Runtime, connection: psycopg.Connection, thing: Thing) -> int:
    async with rt.sessions() as session:
        known = SearchDocument.thing == thing
        columns = (SearchDocument.name_key, SearchDocument.words)
        givers = list(await session.execute(select(*columns).where(known)))
        done = set(await session.scalars(select(SearchDocument.id).where(known)))
        rows = [row for row in await session.execute(_rows(thing)) if row.id not in done]
        areas = await _areas(session, {row.place_id for row in rows})
    copying = Copying(connection)
    if rows:
        copying.into(SearchDocument, _documents(thing, rows, givers, areas))
    return len(rows)


def _rows(thing: Thing) -> Select[Any]:
    about = Post if thing == Thing.POST else Reply
    columns: list[Any] = [
        about.id, about.version, about.published_at, Post.kind, Post.group_id, Post.place_id
    ]  # fmt: skip
    rows: Select[Any] = select(*columns).where(policy.current()).order_by(about.id)
    if thing == Thing.POST:
        return rows
    return rows.join(Post, Post.id == Reply.post_id).where(Reply.withdrawn_at.is_(None))


async def _areas(session: AsyncSession, place_ids: set[UUID | None]) -> dict[Any, list[UUID]]:
    found: dict[Any, list[UUID]] = defaultdict(list)
    for place_id, area in await session.execute(areas_of(place_ids - {None})):
        found[place_id].append(area)
    return found


def _documents(
    thing: Thing, rows: Iterable[Any], givers: list[Any], areas: dict[Any, list[UUID]]
) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        giver = givers[number % len(givers)]
        marks = marks_of(
            thing,
            row.published_at,
            kind=row.kind,
            group_id=row.group_id,
            areas=areas[row.place_id],
        )
        yield {
            "id": row.id,
            "thing": thing,
            "name_key": giver.name_key,
            "words": giver.words,
            "kind": row.kind,
            "group_id": row.group_id,
            "place_id": row.place_id,
            "sectors": [],
            "marks": marks,
            "said_at": row.published_at,
            "made_from": row.version,
            "made_by": VERSION,
        }
