"""What everything is compared with: a FastAPI endpoint that does nothing but ask one query."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from fastapi import FastAPI, Request
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

QUERY = b"""
    SELECT p.id, p.kind, p.title, p.excerpt, p.tags, p.published_at,
           a.name AS author_name, a.slug AS author_slug, g.name AS group_name, g.slug AS group_slug
      FROM posts p JOIN people a ON a.id = p.author_id JOIN groups g ON g.id = p.group_id
     WHERE p.group_id = %(group)s
     ORDER BY p.published_at DESC, p.id DESC LIMIT 20
"""


class Row(BaseModel):
    """A post as the bare endpoint shows it."""

    id: UUID
    kind: str
    title: str
    excerpt: str
    tags: list[str]
    published_at: datetime
    author_name: str
    author_slug: str
    group_name: str
    group_slug: str


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        os.environ["KONTOR_DATABASE_URL"],
        max_size=8,
        open=False,
        kwargs={"autocommit": True, "row_factory": dict_row},
    )
    async with pool:
        application.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan, openapi_url=None)


@app.get("/groups/{group_id}/posts")
async def list_posts(group_id: UUID, request: Request) -> list[Row]:
    """Return the newest twenty posts of a group."""
    async with request.app.state.pool.connection() as connection:
        cursor = await connection.execute(QUERY, {"group": group_id})
        return [Row(**row) for row in await cursor.fetchall()]
