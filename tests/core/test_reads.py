"""Prepared reads on the pool of read-only connections."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import Integer, bindparam, func, select, text

from app.core.db import connected
from app.core.reads import PoolReader, Prepared
from app.core.settings import settings

BACKEND = Prepared(select(func.pg_backend_pid().label("pid")))
_SECONDS = bindparam("seconds", type_=Integer(), required=True)
SLOW = Prepared(select(func.pg_sleep(_SECONDS).label("slept")))


@pytest.fixture
async def pooled(own_database: str) -> AsyncIterator[PoolReader]:
    async with connected(settings(), own_database) as database:
        yield PoolReader(database.reads)


def _end_every_connection(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_read_is_answered_although_the_server_ended_all_connections(
    pooled: PoolReader, own_database: str
) -> None:
    before = await pooled.first(BACKEND, {})
    _end_every_connection(own_database)

    after = await pooled.first(BACKEND, {})

    assert after is not None
    assert after.pid != before.pid


async def test_a_read_that_took_too_long_is_not_asked_again(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.db._WEB_OPTIONS", "-c statement_timeout=200")
    async with connected(settings(), own_database) as database:
        with pytest.raises(psycopg.errors.QueryCanceled):
            await PoolReader(database.reads).all(SLOW, {"seconds": 5})
        borrowed = database.reads.get_stats()["requests_num"]
    assert borrowed == 1


async def test_a_read_cannot_write(pooled: PoolReader) -> None:
    writing = Prepared(select(func.setval("procrastinate_jobs_id_seq", 7).label("set")))

    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await pooled.all(writing, {})


async def test_a_read_may_ask_for_a_plan_of_its_own_each_time(
    pooled: PoolReader, own_database: str
) -> None:
    known = select(func.count().label("count")).select_from(text("pg_prepared_statements"))
    fresh = Prepared(known.execution_options(plan_each_time=True))
    kept = Prepared(known)

    # Enough for each of the few connections to see it often.
    of_fresh = [(await pooled.first(fresh, {})).count for _ in range(60)]
    of_kept = [(await pooled.first(kept, {})).count for _ in range(60)]

    assert set(of_fresh) == {0}
    assert of_kept[-1] == 1
