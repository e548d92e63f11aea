"""``make bench``: load on the real application, and what PostgreSQL does for each request."""

import argparse
import sys
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import psycopg

from bench.database import VAR, NotEmptyError
from bench.dataset import SCALES, region_at
from bench.plans import statements_of
from bench.report import machine, plan_table, speed_table
from bench.serving import BARE, KONTOR, answers, environment_of, served
from bench.targets import Target, bare_target, targets_in
from bench.wrk import CannotMeasureError, Measured, require_wrk, send

_SECONDS_TO_WARM = 2.0
Runs = dict[tuple[str, bool], list[tuple[Measured, Measured]]]


def main() -> None:
    """Measure what is asked for, and print tables in Markdown."""
    options = _options()
    try:
        if options.seconds:
            require_wrk()
        with region_at(options.scale, options.database) as region:
            print(f"{machine(region.url)}\n\nRows: {_counted(region.made)}\n", flush=True)
            var = VAR / f"scale-{options.scale}"
            environment = environment_of(region.url, var)
            targets = [one for one in targets_in(region.url) if options.only in one.name]
            if options.seconds:
                print(speed_table(_measured(region.url, environment, var, targets, options)))
            if options.plans:
                print(plan_table(statements_of(region.url, targets, environment)))
    except (CannotMeasureError, NotEmptyError) as reason:
        sys.exit(str(reason))


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--scale", type=int, choices=SCALES, default=1)
    asked.add_argument("--database", help="an empty PostgreSQL 18 of your own")
    asked.add_argument("--only", default="", help="targets whose name contains this")
    asked.add_argument("--seconds", type=float, default=2, help="length of a run; 0: no load")
    asked.add_argument("--rounds", type=int, default=3, help="runs of each target")
    asked.add_argument("--connections", type=int, default=8)
    asked.add_argument("--plans", action=argparse.BooleanOptionalAction, default=True)
    return asked.parse_args()


def _measured(
    dsn: str,
    environment: dict[str, str],
    var: Path,
    targets: list[Target],
    options: argparse.Namespace,
) -> Runs:
    """Run every target once a round, each right after the bare endpoint: they share one weather."""
    runs: Runs = defaultdict(list)
    bare = bare_target(dsn)
    since = _refresh_sessions(dsn)
    load = {"connections": options.connections, "seconds": options.seconds}
    with served(BARE, environment, var) as plain, served(KONTOR, environment, var) as ours:
        present = [target for target in targets if answers(ours, target)]
        for address, target in ((plain, bare), *((ours, target) for target in present)):
            send(address, target.asks, **load | {"seconds": _SECONDS_TO_WARM})
        for number in range(options.rounds):
            began = time.monotonic()
            for target in present:
                beside = send(plain, bare.asks, **load)
                found = send(ours, target.asks, **load)
                runs[target.name, target.signed_in].append((found, beside))
            passed = time.monotonic() - began
            print(f"round {number + 1}: {passed:.0f} s", file=sys.stderr)
    _forget_answers(dsn, since)
    return runs


def _refresh_sessions(dsn: str) -> datetime:
    """Let the made sessions be in use; return the database's time."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE sessions SET last_used_at = now(), expires_at = now() + interval '1 day'"
        )
        row = connection.execute("SELECT now()").fetchone()
    assert row is not None  # noqa: S101 - a select without FROM has one row
    return row[0]  # type: ignore[no-any-return]


def _forget_answers(dsn: str, began: datetime) -> None:
    """Take away what was posted, so that the next measurement finds the same region."""
    with psycopg.connect(dsn) as connection:
        connection.execute("DELETE FROM replies WHERE created_at >= %s", [began])
        connection.execute("TRUNCATE kept_answers, events, procrastinate_jobs CASCADE")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) replies, posts")


def _counted(made: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {table}" for table, count in made.items())


if __name__ == "__main__":
    main()
