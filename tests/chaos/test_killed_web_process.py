"""F01: ``kill -9`` of a web process in the middle of requests."""

import random
import time

from tests.chaos.invariants import check_writes
from tests.chaos.ledger import Writers, foundings, replies, statuses

KILLS = 12
FEWEST_KILLS = 3  # on a machine that has no time
SECONDS = 25


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(house, writer, post_id, hold):
    house.open()
    kills, enough = 0, time.monotonic() + SECONDS
    with (
        Writers(house.address, writer, foundings("F01 Gruppe"), count=2) as writers,
        Writers(house.address, writer, replies(post_id, "F01 Antwort"), count=2) as repliers,
    ):
        while kills < KILLS and (kills < FEWEST_KILLS or time.monotonic() < enough):
            reached = writers.acknowledged
            while writers.acknowledged == reached:  # so that every kill falls among writes
                assert not writers.faults
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.1))  # noqa: S311 - chance, not a secret
            victim = house.web[kills % 2]
            victim.kill()
            kills += 1
            victim.start()
            victim.await_answer()
    assert writers.faults + repliers.faults == []
    with house.connected() as connection:
        founded = check_writes(connection, writers.ledger, "groups", "name")
        replied = check_writes(connection, repliers.ledger, "replies", "body")
    hold(founded, replied.called("replies"), kills=kills)
    broken = statuses([*writers.ledger, *repliers.ledger]).get("broken", 0)
    assert broken, "no kill ever met a request"
