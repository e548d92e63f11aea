"""What PostgreSQL does for each request: statements, rows read, and plans that read too much.

The plans are those that ran (``auto_explain``), after enough requests for PostgreSQL to have
settled on the plan it keeps for a prepared statement.
"""

import asyncio
import dataclasses
import json
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bench.targets import Ask, Target

_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_SETTLED: Final = 12  # executions; PostgreSQL decides about generic plans after five
_LARGE: Final = 1_000  # rows; reading a smaller table through is no fault
RESULTS: Final = Path(__file__).with_name("results")
_SETTINGS: Final = (
    "LOAD 'auto_explain'",
    "SET auto_explain.log_min_duration = 0",
    "SET auto_explain.log_analyze = on",
    "SET auto_explain.log_buffers = on",
    "SET auto_explain.log_format = json",
    "SET client_min_messages = log",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """How one statement ran; ``read`` counts the rows that its scans looked at."""

    text: str
    ms: float
    rows: int
    read: int
    buffers: int
    scans: tuple[str, ...]  # of large tables, from end to end

    @property
    def table(self) -> str:
        """What the statement selects from, subqueries left aside."""
        text, inner = self.text, 1
        while inner:
            text, inner = _IN_BRACKETS.subn("", text)
        return text.partition(" FROM ")[2].split(" ", 1)[0] or "-"


@dataclass(slots=True)
class _Notes:
    """The plans of the request that runs."""

    plans: list[dict[str, Any]] = field(default_factory=list)

    def take(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        text = diagnostic.message_primary or ""
        if "plan:" in text:
            self.plans.append(json.loads(text.partition("plan:")[2]))


def statements_of(dsn: str, targets: Sequence[Target], environment: dict[str, str]) -> Any:
    """Ask once for each target (after some rehearsals); return its statements by its name."""
    os.environ.update(environment)
    return asyncio.run(_statements_of(dsn, [one for one in targets if one.asks[0].body is None]))


async def _statements_of(
    dsn: str, targets: Sequence[Target]
) -> dict[tuple[str, bool], list[Statement]]:
    notes = _Notes()
    found = {}
    async with _client(dsn, notes) as client:
        for target in targets:
            found[target.name, target.signed_in] = await _observed(client, target.asks, notes)
    return found


async def _observed(
    client: httpx.AsyncClient, asks: Sequence[Ask], notes: _Notes
) -> list[Statement]:
    for turn in range(_SETTLED):
        notes.plans.clear()
        ask = asks[turn % len(asks)]
        answer = await client.get(ask.path, headers=ask.headers)
        if answer.is_error:
            return []
    _keep(asks[0], notes.plans)
    return [_statement(plan) for plan in notes.plans]


def _keep(ask: Ask, plans: list[dict[str, Any]]) -> None:
    """Keep whole plans to look into."""
    RESULTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", f"{ask.path}{' signed in' if ask.header else ''}").strip("-")
    (RESULTS / f"{name}.json").write_text(json.dumps(plans, indent=1), encoding="utf-8")


@asynccontextmanager
async def _client(dsn: str, notes: _Notes) -> AsyncIterator[httpx.AsyncClient]:
    from app.core.reads import PoolReader  # noqa: PLC0415 - once the settings are in place
    from app.core.settings import settings  # noqa: PLC0415
    from app.edge.last_use import LastUse  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415
    from app.runtime import running  # noqa: PLC0415

    async def explained(connection: AsyncConnection) -> None:
        for setting in _SETTINGS:
            await connection.execute(setting)
        connection.add_notice_handler(notes.take)

    pool: AsyncConnectionPool[AsyncConnection] = AsyncConnectionPool(
        dsn, max_size=1, min_size=1, open=False, configure=explained, kwargs={"autocommit": True}
    )
    async with running(settings(), dsn) as opened, pool:
        runtime = dataclasses.replace(opened, reader=PoolReader(pool))
        application = create_app()

        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            scope["state"] = {"runtime": runtime, "last_use": LastUse()}
            await application(scope, receive, send)

        base = settings().base_url
        async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi), base_url=base) as client:
            yield client


def _statement(explained: dict[str, Any]) -> Statement:
    plan = explained["Plan"]
    scans = [node for node in _nodes(plan) if "Relation Name" in node]
    return Statement(
        text=" ".join(explained["Query Text"].split()),
        ms=plan["Actual Total Time"],
        rows=int(plan["Actual Rows"]),
        read=int(sum(_looked_at(node) for node in scans)),
        buffers=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        scans=tuple(
            f"{node['Relation Name']} ({_looked_at(node):,.0f} rows)"
            for node in scans
            if node["Node Type"] == "Seq Scan" and _looked_at(node) > _LARGE
        ),
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _looked_at(node: dict[str, Any]) -> float:
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return float(rows * node["Actual Loops"])
