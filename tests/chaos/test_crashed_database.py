"""F04: an immediate restart of PostgreSQL while clients write and the worker works."""

import time

import psycopg
import pytest

from app.dev.supervisor import require_durable
from app.dev.trouble import CannotRun
from tests.chaos.invariants import check_mails, check_writes
from tests.chaos.ledger import Writers, foundings, sign_ups, statuses

CRASHES = 3
WRITES_BETWEEN = 12
SECONDS_TO_RECOVER = 60


def test_nothing_acknowledged_is_lost_in_a_crash(house, writer, sink, hold):
    house.open()
    house.keep_worker()
    endings = 0
    with (
        Writers(house.address, writer, foundings("F04 Gruppe"), count=3) as founders,
        Writers(house.address, {}, sign_ups("f04", 40), count=1) as newcomers,
    ):
        for _ in range(CRASHES):
            _await_writes(founders)
            house.crash_database()
            endings += not house.worker.lives
            house.keep_worker()
        _await_writes(founders)
    assert founders.faults + newcomers.faults == []
    failed = house.drain()
    house.worker.stop()
    with house.connected() as connection:
        founded = check_writes(connection, founders.ledger, "groups", "name")
        asked = check_writes(connection, newcomers.ledger, "sign_ups", "email")
        stored = connection.execute(
            "SELECT email FROM sign_ups WHERE email LIKE 'f04-%'"
        ).fetchall()
    mailed = check_mails([row[0] for row in stored], sink.copies, CRASHES)
    mailed.complain("jobs that failed for good", range(failed))
    hold(founded, asked.called("sign-ups"), mailed, crashes=CRASHES, workers_ended=endings)


def _await_writes(writers: Writers) -> None:
    enough = writers.acknowledged + WRITES_BETWEEN
    patience = time.monotonic() + SECONDS_TO_RECOVER
    while writers.acknowledged < enough:
        assert not writers.faults
        assert time.monotonic() < patience, ("no recovery", statuses(writers.ledger))
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_the_embedded_database_forgets_nothing(house, name):
    with house.connected() as connection:
        assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_a_database_that_forgets_is_refused(house):
    with (
        psycopg.connect(f"{house.url}&options=-csynchronous_commit%3Doff") as connection,
        pytest.raises(CannotRun, match="synchronous_commit = off"),
    ):
        require_durable(connection)
