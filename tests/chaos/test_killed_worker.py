"""F03: ``kill -9`` of the worker in the middle of jobs, while mails go out."""

import random
import time

from tests.chaos.invariants import check_mails, check_writes
from tests.chaos.ledger import Writers, sign_ups

MAILS = 80
KILLS = 5
SECONDS_TO_PROGRESS = 60


def test_every_mail_is_sent_at_least_once_and_at_most_once_more_a_kill(house, sink, hold):
    house.open()
    kills_before = house.worker.kills
    writers = Writers(house.address, {}, sign_ups("f03", MAILS))
    with writers:
        while writers.acknowledged < MAILS:
            assert not writers.faults
            time.sleep(0.05)
    house.worker.start()
    for _ in range(KILLS):
        some = random.randint(1, MAILS // (2 * KILLS))  # noqa: S311 - chance, not a secret
        enough = sink.handed + some
        patience = time.monotonic() + SECONDS_TO_PROGRESS
        while sink.handed < enough:
            assert time.monotonic() < patience, house.worker.said
            time.sleep(0.002)
        house.worker.kill()
        house.worker.start()
    failed = house.drain()
    kills = house.worker.kills - kills_before
    house.worker.stop()
    with house.connected() as connection:
        written = check_writes(connection, writers.ledger, "sign_ups", "email")
        unsent = connection.execute(
            "SELECT recipient FROM outgoing_mails WHERE sent_at IS NULL"
        ).fetchall()
    mailed = check_mails((deed.value for deed in writers.ledger), sink.copies, kills)
    mailed.complain("not marked as sent", unsent)
    mailed.complain("jobs that failed for good", range(failed))
    hold(written, mailed, kills=kills)
