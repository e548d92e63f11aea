"""Signing in takes as long whether there is an account or not."""

import statistics
import time

from app.core.settings import Hashing
from tests.makers import an_account

API = "/api/v1/accounts"
ROUNDS = 40


async def test_an_unknown_address_takes_as_long_as_a_wrong_password_t02(session, client, configure):
    # Dear enough to stand out: without the check against nobody's hash, half the time is missing.
    configure(HASHING__MEMORY_KIB="8192", HASHING__PASSES="2")
    account = await an_account(session, cost=Hashing(memory_kib=8192, passes=2))
    took: dict[str, list[float]] = {account.email: [], "nobody@kontor.example": []}
    for number in range(ROUNDS + 2):
        for email, times in took.items():
            start = time.perf_counter()
            answer = await client.post(
                f"{API}/sessions", json={"email": email, "password": f"falsch {number}"}
            )
            times.append(time.perf_counter() - start)
            assert answer.status_code == 401
    known, unknown = (statistics.median(times[2:]) for times in took.values())
    assert 0.75 < unknown / known < 1.33
