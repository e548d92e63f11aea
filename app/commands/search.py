"""``kontor search …``: making the documents of the search anew."""

import asyncio
from uuid import UUID

import psycopg

from app.commands.running import output, told
from app.core.db import transaction
from app.core.settings import settings
from app.dev.postgres import reachable
from app.features.search.keeping import forget_words, keep_documents, keep_up, next_ids
from app.models.search import Thing
from app.runtime import Runtime, running


def rebuild() -> None:
    """Make every document anew, batch by batch, while people go on searching."""

    async def make(dsn: str) -> None:
        async with running(settings(), dsn, for_jobs=True) as runtime:
            for thing in Thing:
                made = await _rebuild(runtime, thing)
                output.print(f"{thing}: {made}", markup=False)
            async with transaction(runtime.sessions) as session:
                await forget_words(session)

    with told(), reachable(settings().database_url, settings().var_dir) as dsn:
        psycopg.connect(dsn, connect_timeout=10).close()  # pools are more patient
        asyncio.run(make(dsn))


async def _rebuild(runtime: Runtime, thing: Thing) -> int:
    """Make the documents about one kind of thing, each batch in its own transaction."""
    made, last = 0, None
    while True:
        async with transaction(runtime.sessions) as session:
            ids: list[UUID] = await next_ids(session, thing, last)
            await keep_documents(session, thing, ids)
            if not ids:
                await keep_up(session, thing)
                return made
        made, last = made + len(ids), ids[-1]
