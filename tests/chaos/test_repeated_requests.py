"""F10: the same request again, because somebody pressed twice or the answer got lost."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.chaos.invariants import check_writes
from tests.chaos.ledger import SECONDS_TO_ANSWER, Deed, ask
from tests.chaos.proxy import cutting

AT_ONCE = 20
CUTS = 5


def test_twenty_at_once_under_one_key_have_one_effect_and_one_answer(house, writer, hold):
    house.open()
    deed = Deed("/groups", {"name": "F10 Auf einmal"}, "F10 Auf einmal")

    def send(number: int) -> None:
        address = house.web[number % len(house.web)].address
        with httpx.Client(headers=writer, timeout=SECONDS_TO_ANSWER) as client:
            for _ in range(20):
                if ask(client, address, deed).status not in {409, 503}:  # in progress, or full
                    return

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, range(AT_ONCE)))
    waiting = [answer for answer in deed.answers if answer.status == 409]
    deed.answers = [answer for answer in deed.answers if answer.status != 409]
    with house.connected() as connection:
        findings = check_writes(connection, [deed], "groups", "name")
    created = [answer for answer in deed.answers if answer.is_success and not answer.replayed]
    assert len(created) == 1
    assert sum(answer.replayed for answer in deed.answers) == AT_ONCE - 1
    hold(findings, at_once=AT_ONCE, told_to_wait=len(waiting))


def test_what_was_done_before_the_network_broke_is_not_done_again(house, writer, hold):
    house.open()
    web = house.web[0]
    names = [f"F10 Abgerissen {number}" for number in range(CUTS)]
    ledger = [Deed("/groups", {"name": name}, name) for name in names]
    with cutting(web.port) as network:
        for deed in ledger:
            with httpx.Client(headers=writer, timeout=SECONDS_TO_ANSWER) as client:
                assert ask(client, network.address, deed).status is None
    assert network.cuts == CUTS
    with httpx.Client(headers=writer, timeout=SECONDS_TO_ANSWER) as client:
        for deed in ledger:
            again = ask(client, web.address, deed)
            assert again.replayed, again
    with house.connected() as connection:
        findings = check_writes(connection, ledger, "groups", "name")
    hold(findings, cuts=CUTS)


def test_another_request_under_the_same_key_is_refused(house, writer):
    house.open()
    with httpx.Client(headers=writer, timeout=SECONDS_TO_ANSWER) as client:
        first = Deed("/groups", {"name": "F10 Eine"}, "F10 Eine")
        other = Deed("/groups", {"name": "F10 Andere"}, "F10 Eine")
        assert ask(client, house.address(), first).status == 201
        assert ask(client, house.address(), other).status == 422
