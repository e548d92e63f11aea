"""One house for all tests of this folder; each leaves it whole."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.core.db import sqlalchemy_url
from app.core.storage import Disk
from app.features.media.removing import release_strays
from tests.chaos.house import House, free_port
from tests.chaos.invariants import Findings, halves, misfiled, orphans
from tests.chaos.sink import Sink, served
from tests.makers import a_person, bearer

T = TypeVar("T")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))
            # PostgreSQL is started again while clients run in threads.
            item.add_marker(
                pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
            )


@pytest.fixture(scope="session")
def mail_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def house(mail_port: int) -> Iterator[House]:
    """A house with nobody in it; its web processes answer."""
    var_dir = Path(tempfile.mkdtemp(prefix="kontor-chaos-"))
    house = House(var_dir, smtp_port=mail_port)
    try:
        house.open()
        yield house
    finally:
        house.close()
        shutil.rmtree(var_dir, ignore_errors=True)


@pytest.fixture
def sink(mail_port: int) -> Iterator[Sink]:
    sink = Sink()
    server = served(sink, mail_port)
    server.start()
    yield sink
    server.stop()


Arrange = Callable[[Callable[[AsyncSession], Awaitable[T]]], T]


@pytest.fixture(scope="session")
def arrange(house: House) -> Arrange[Any]:
    """Write something into the house's database, as tests elsewhere do into theirs."""

    def run(make: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async def commit() -> T:
            engine = create_async_engine(sqlalchemy_url(house.url), poolclass=NullPool)
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                made = await make(session)
            await engine.dispose()
            return made

        return asyncio.run(commit())

    return run


@pytest.fixture(scope="session")
def writer(arrange: Arrange[dict[str, str]]) -> dict[str, str]:
    """Headers of a person who is signed in."""

    async def make(session: AsyncSession) -> dict[str, str]:
        return await bearer(session, await a_person(session))

    return arrange(make)


@pytest.fixture(scope="session")
def post_id(house: House, writer: dict[str, str]) -> str:
    """A post that can be answered."""
    draft = {
        "details": {"kind": "discussion"},
        "title": "Hält das?",
        "body": "Antworten Sie bitte, so oft Sie können.",
    }
    answer = httpx.post(f"{house.address()}/api/v1/posts", json=draft, headers=writer, timeout=10)
    return str(answer.raise_for_status().json()["id"])


Report = Callable[..., None]


@pytest.fixture
def hold(
    house: House, arrange: Arrange[None], record_property: Callable[[str, object], None]
) -> Report:
    """Fail unless all findings, and what holds for every row, are as they must be; note numbers."""

    async def sweep(session: AsyncSession) -> None:
        session.info["storage"] = Disk(house.media)
        await release_strays(session)

    def judge(*found: Findings, **injected: object) -> None:
        arrange(sweep)
        with house.connected() as connection:
            everywhere = orphans(connection) + halves(connection)
            everywhere += misfiled(connection, house.media)
        numbers = dict(injected)
        for findings in found:
            numbers |= findings.numbers
        if numbers:
            record_property("chaos", numbers)
        broken = [sentence for findings in found for sentence in findings.broken]
        assert broken + everywhere == [], numbers

    return judge
