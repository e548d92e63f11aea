"""Signing in takes as long whether there is an account or not (T02).

What decides the time is counted: the checks of a password by argon2, and the statements. Processor
time of the whole process is compared as well, which does not see what else a machine does.
"""

import statistics
import time

import pytest
from argon2 import low_level

from app.core import clock
from app.core.settings import Hashing
from tests.makers import an_account

API = "/api/v1/accounts"
ROUNDS = 200
COST = Hashing(memory_kib=1_024, passes=1)  # dear enough to stand out, cheap enough for the rounds


async def wrongly(client, email, number=1):
    body = {"email": email, "password": f"falsch {number}"}
    answer = await client.post(f"{API}/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


@pytest.fixture
def checks(monkeypatch):
    """The hashes that argon2 has checked a password against."""
    checked = []
    real = low_level.verify_secret

    def noted(stored, *rest):
        checked.append(stored)
        return real(stored, *rest)

    monkeypatch.setattr(low_level, "verify_secret", noted)
    return checked


async def test_every_wrong_way_to_sign_in_is_the_same_work_t02(session, client, queries, checks):
    known, without, closed = [await an_account(session) for _ in range(3)]
    without.password_hash = None
    closed.closed_at = clock.now()
    await session.commit()
    await wrongly(client, known.email)
    work = {}
    for account in (known.email, "nobody@kontor.example", without.email, closed.email):
        checks.clear()
        queries.clear()
        await wrongly(client, account)
        work[account] = (len(checks), len(queries))
    checked, asked = work[known.email]
    assert checked == 1
    assert asked > 0
    assert set(work.values()) == {(checked, asked)}


async def test_an_unknown_address_takes_as_long_as_a_wrong_password_t02(session, client, configure):
    configure(HASHING__MEMORY_KIB=str(COST.memory_kib), HASHING__PASSES=str(COST.passes))
    account = await an_account(session, cost=COST)
    took: dict[str, list[float]] = {account.email: [], "nobody@kontor.example": []}
    for number in range(ROUNDS + 2):
        for email, times in took.items():
            began = time.process_time()
            await wrongly(client, email, number)
            times.append(time.process_time() - began)
    known, unknown = (statistics.median(times[2:]) for times in took.values())
    assert 0.9 < unknown / known < 1.1
