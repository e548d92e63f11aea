"""F01: ``kill -9`` of a web process in the middle of requests."""

import random
import time

from tests.chaos.invariants import check_writes
from tests.chaos.ledger import Writers, foundings

KILLS = 12


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(house, writer, hold):
    house.open()
    kills = 0
    with Writers(house.address, writer, foundings("F01 Gruppe")) as writers:
        for number in range(KILLS):
            reached = writers.acknowledged
            while writers.acknowledged == reached:  # so that every kill falls among writes
                assert not writers.faults
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.1))  # noqa: S311 - chance, not a secret
            victim = house.web[number % 2]
            victim.kill()
            kills += 1
            victim.start()
            victim.await_answer()
    assert writers.faults == []
    with house.connected() as connection:
        findings = check_writes(connection, writers.ledger, "groups", "name")
    hold(findings, kills=kills)
    assert findings.numbers["answers"].get("broken", 0) >= 1, "no kill ever met a request"
