"""Tables of what was measured, in Markdown."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psycopg

from bench.plans import Statement
from bench.wrk import Measured

_PACKAGES = ("fastapi", "starlette", "uvicorn", "pydantic", "sqlalchemy", "psycopg", "jinja2")


def machine(dsn: str) -> str:
    """Say on what, with which versions and when the measuring is done."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {_processor()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GB · {platform.system()} {platform.release()} · "
        f"Python {platform.python_version()}, PostgreSQL {row[0] if row else '?'}, {packages}"
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def speed_table(runs: dict[tuple[str, bool], list[tuple[Measured, Measured]]]) -> str:
    """Return requests per second and latencies, medians of all rounds.

    ``runs`` hold each run with the one of the bare endpoint just before it; the multiple is the
    median of what each of these pairs gives.
    """
    rows = [
        "| what | reader | requests/s | of the bare endpoint | p50 ms | p99 ms |",
        "|---|---|--:|--:|--:|--:|",
    ]
    beside = [bare for pairs in runs.values() for _, bare in pairs]
    rows.append(
        _speed("bare FastAPI endpoint, one query | anybody", [(one, one) for one in beside])
    )
    for (name, signed_in), pairs in runs.items():
        rows.append(_speed(f"{name} | {'signed in' if signed_in else 'anybody'}", pairs))
    return "\n".join(rows) + "\n"


def _speed(name: str, pairs: list[tuple[Measured, Measured]]) -> str:
    return (
        f"| {name} | {median(one.per_second for one, _ in pairs):,.0f} "
        f"| {median(one.per_second / bare.per_second for one, bare in pairs):.2f} "
        f"| {median(one.p50_ms for one, _ in pairs):.1f} "
        f"| {median(one.p99_ms for one, _ in pairs):.1f} |"
    )


def plan_table(found: dict[tuple[str, bool], list[Statement]]) -> str:
    """Return for each target what its statements cost PostgreSQL; the costliest one is named."""
    rows = [
        "| what | reader | queries | ms | rows read | 8 kB pages | costliest | read to the end |",
        "|---|---|--:|--:|--:|--:|---|---|",
    ]
    for (name, signed_in), statements in found.items():
        worst = max(statements, key=lambda one: one.ms, default=None)
        scans = dict.fromkeys(scan for one in statements for scan in one.scans)
        rows.append(
            f"| {name} | {'signed in' if signed_in else 'anybody'} | {len(statements)} "
            f"| {sum(one.ms for one in statements):.2f} "
            f"| {sum(one.read for one in statements):,} "
            f"| {sum(one.buffers for one in statements):,} "
            f"| {f'{worst.table} {worst.ms:.2f} ms' if worst else ''} | {', '.join(scans)} |"
        )
    return "\n".join(rows) + "\n"
