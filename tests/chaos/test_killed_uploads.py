"""F01, with files: ``kill -9`` of a web process in the middle of uploads."""

import random
import time

from tests.chaos.invariants import check_writes, misfiled
from tests.chaos.ledger import Writers, statuses, uploads

KILLS = 6
PICTURES = 150  # fewer than a person may have


def test_every_medium_keeps_its_bytes_and_no_bytes_stay_without_one(house, writer, hold):
    house.open()
    with Writers(house.address, writer, uploads("F01 Bild", PICTURES), count=3) as writers:
        for kills in range(KILLS):
            reached = writers.acknowledged
            while writers.acknowledged == reached:  # so that every kill falls among uploads
                assert not writers.faults
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.3))  # noqa: S311 - chance, not a secret
            victim = house.web[kills % 2]
            victim.kill()
            victim.start()
            victim.await_answer()
    assert writers.faults == []
    with house.connected() as connection:
        uploaded = check_writes(connection, writers.ledger, "media", "alt")
        swept = len(misfiled(connection, house.media))
    hold(uploaded, kills=KILLS, swept=swept)
    assert statuses(writers.ledger).get("broken", 0), "no kill ever met an upload"
