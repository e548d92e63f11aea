"""F12: many at once where only so many may, counted afterwards.

What is scarce: a mailed link opens one account, and a group keeps its last owner.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import psycopg
import pytest

from app.core import clock
from app.core.ids import fingerprint
from app.models.accounts import SignUp
from app.models.groups import Standing
from tests.chaos.invariants import Findings
from tests.makers import a_group, a_membership, a_person, bearer

AT_ONCE = 24
SECONDS_TO_ANSWER = 10
_TRIES = 40


def race(house, requests) -> Counter[int]:
    """Send all at the same moment; whoever is told 503 comes again. Return the last answers."""
    barrier = threading.Barrier(len(requests))

    def send(number: int) -> int:
        method, path, options = requests[number]
        address = house.web[number % len(house.web)].address
        with httpx.Client(timeout=SECONDS_TO_ANSWER) as client:
            barrier.wait(30)
            for _ in range(_TRIES):
                answer = client.request(method, f"{address}/api/v1{path}", **options)
                if answer.status_code != 503:
                    break
                assert answer.headers["retry-after"]
            return answer.status_code

    with ThreadPoolExecutor(len(requests)) as pool:
        return Counter(pool.map(send, range(len(requests))))


@pytest.fixture
def owned(arrange):
    """A group that all its people own, with the headers of each."""

    async def make(session):
        people = [await a_person(session) for _ in range(AT_ONCE)]
        group = await a_group(session, people[0], name="Zu viele Köche")
        for person in people[1:]:
            await a_membership(session, group, person, Standing.OWNER)
        return group.id, [await bearer(session, person) for person in people]

    return arrange(make)


def owners_of(house, group_id) -> int:
    with house.connected() as connection:
        row = connection.execute(
            "SELECT count(*) FROM memberships WHERE group_id = %s AND standing = 'owner'",
            [group_id],
        ).fetchone()
    assert row
    return int(row[0])


def test_when_all_owners_leave_at_once_one_has_to_stay(house, owned, hold):
    house.open()
    group_id, everybody = owned
    told = race(
        house,
        [
            ("DELETE", f"/groups/{group_id}/membership", {"headers": headers})
            for headers in everybody
        ],
    )
    findings = Findings({"left": told[204], "had to stay": told[409]})
    assert told == {204: AT_ONCE - 1, 409: 1}
    assert owners_of(house, group_id) == 1
    hold(findings, at_once=AT_ONCE)


def test_counting_without_a_lock_would_let_all_owners_go(house, owned):
    """The test of the test above: a naive rule loses the race that ours wins."""
    group_id, _ = owned
    at_once = 8
    barrier = threading.Barrier(at_once)
    owner = "WHERE group_id = %s AND standing = 'owner'"
    with house.connected() as connection:
        ids = connection.execute(f"SELECT id FROM memberships {owner}", [group_id]).fetchall()
        connection.execute("DELETE FROM memberships WHERE id = ANY(%s)", [[i for (i,) in ids[8:]]])

    def leave_naively(number: int) -> None:
        with psycopg.connect(house.url) as connection:
            row = connection.execute(
                f"SELECT count(*) FROM memberships {owner}", [group_id]
            ).fetchone()
            barrier.wait(30)
            if row and row[0] > 1:
                connection.execute("DELETE FROM memberships WHERE id = %s", ids[number])

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(leave_naively, range(at_once)))
    assert owners_of(house, group_id) == 0


def test_a_mailed_link_opens_one_account_however_many_use_it_at_once(house, arrange, hold):
    house.open()
    token, email = "a-link-that-everybody-has", "f12@kontor.example"

    async def make(session) -> None:
        session.add(
            SignUp(
                email=email,
                email_key=email,
                name="Malte Ostermann",
                token_hash=fingerprint(token),
                expires_at=clock.now() + timedelta(days=1),
            )
        )

    arrange(make)
    draft = {"token": token, "password": "Sieben Möwen über Bochum"}
    told = race(house, [("POST", "/accounts/verification", {"json": draft})] * AT_ONCE)
    with house.connected() as connection:
        rows = connection.execute("SELECT id FROM accounts WHERE email = %s", [email]).fetchall()
    assert told == {201: 1, 410: AT_ONCE - 1}
    assert len(rows) == 1
    hold(Findings({"opened": told[201], "too late": told[410]}), at_once=AT_ONCE)
