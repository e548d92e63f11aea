"""F04: an immediate restart of PostgreSQL while clients write and the worker works."""

import time

import pytest

from app.core.durability import ForgetfulDatabase, require_durable
from app.core.settings import Settings
from app.runtime import running
from tests.chaos.invariants import check_mails, check_writes
from tests.chaos.ledger import Writers, foundings, sign_ups, statuses

CRASHES = 3
WRITES_BETWEEN = 12
SECONDS_TO_RECOVER = 60
SECONDS_TO_NOTICE = 60
WAITING = 5  # sign-ups


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


async def test_every_process_refuses_a_database_that_forgets(house, tmp_path, monkeypatch):
    forgetful = f"{house.url}&options=-csynchronous_commit%3Doff"
    monkeypatch.setenv("KONTOR_VAR_DIR", str(tmp_path))
    await require_durable(house.url)
    with pytest.raises(ForgetfulDatabase, match="synchronous_commit = off"):
        await require_durable(forgetful)
    refusing = Settings(require_durable_database=True)
    with pytest.raises(ForgetfulDatabase):
        async with running(refusing, forgetful):
            pass
    async with running(refusing.model_copy(update={"require_durable_database": False}), forgetful):
        pass


def test_the_worker_waits_for_a_database_that_is_away(house, sink):
    house.open()
    house.keep_worker()
    number = house.worker.number
    house.drain()
    with house.database_away():
        patience = time.monotonic() + SECONDS_TO_NOTICE
        while "worker.waits_for_database" not in house.worker.log.read_text():
            assert house.worker.lives, house.worker.said
            assert time.monotonic() < patience, house.worker.said
            time.sleep(0.1)
    with Writers(house.address, {}, sign_ups("waited", WAITING), count=1) as newcomers:
        while newcomers.acknowledged < WAITING:
            assert not newcomers.faults
            time.sleep(0.05)
    assert house.drain() == 0
    assert len(sink.copies) >= WAITING
    assert house.worker.number == number
    house.worker.stop()
