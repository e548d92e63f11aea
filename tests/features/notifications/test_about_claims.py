"""Claims in the inbox: who decides, and how it was decided."""

import pytest
from sqlalchemy import select, update

from app.models.accounts import Account
from app.models.companies import CompanyState
from app.models.notifications import Notification
from tests.makers import a_company, a_person, bearer, signed_in

REASON = "Ich arbeite seit 2009 in der Buchhaltung und pflege unsere Angaben."


@pytest.fixture
def told(session):
    async def types_for(person):
        found = await session.scalars(
            select(Notification.type)
            .where(Notification.person_id == person.id, Notification.type.startswith("claim."))
            .order_by(Notification.created_at, Notification.id)
        )
        return found.all()

    return types_for


@pytest.fixture
def ask(client):
    async def asked(company, headers, way="owners"):
        answer = await client.post(
            f"/api/v1/companies/{company.id}/claims",
            headers=headers,
            json={"way": way, "reason": REASON},
        )
        assert answer.status_code == 201, answer.json()
        return answer.headers["location"]

    return asked


async def test_owners_find_a_claim_in_the_inbox_and_its_maker_the_refusal(
    session, client, work, told, ask
):
    boss, stranger, kim = [await a_person(session, name) for name in ("Ada", "Bo", "Kim Jaspert")]
    company = await a_company(session, owner=boss)
    await session.flush()
    deciding, asking = await bearer(session, boss), await bearer(session, kim)
    cookie = await signed_in(session, boss)
    await session.commit()
    at = await ask(company, asking)
    await work()
    assert (await told(boss), await told(stranger), await told(kim)) == (["claim.asked"], [], [])
    inbox = await client.get("/notifications", headers=cookie)
    assert f"Kim Jaspert möchte zu „{company.name}“ gehören." in inbox.text
    told_by_api = await client.get("/api/v1/notifications", headers=deciding)
    assert told_by_api.json()["items"][0]["path"] == f"/claims/{at.rpartition('/')[2]}"
    decided = {"verdict": "refuse", "text": "Wir kennen Sie nicht."}
    answer = await client.post(f"{at}/decision", headers=deciding, json=decided)
    assert answer.status_code == 200, answer.json()
    await work()
    assert await told(kim) == ["claim.refused"]
    assert await told(boss) == ["claim.asked"]


async def test_operators_are_asked_about_a_stub_and_the_claimant_learns_of_the_grant(
    session, client, work, told, ask
):
    olga, kim = await a_person(session, "Olga"), await a_person(session, "Kim")
    await session.execute(
        update(Account).where(Account.id == olga.account_id).values(is_operator=True)
    )
    stub = await a_company(session, state=CompanyState.STUB, imprint="")
    deciding, asking = await bearer(session, olga), await bearer(session, kim)
    await session.commit()
    at = await ask(stub, asking, "operator")
    await work()
    assert (await told(olga), await told(kim)) == (["claim.asked"], [])
    answer = await client.post(f"{at}/decision", headers=deciding, json={"verdict": "grant"})
    assert answer.status_code == 200, answer.json()
    await work()
    assert await told(kim) == ["claim.granted"]


async def test_a_claim_that_came_second_is_shown_to_the_new_owner(session, client, work, told, ask):
    olga, kim, jo = [await a_person(session, name) for name in ("Olga", "Kim", "Jo")]
    await session.execute(
        update(Account).where(Account.id == olga.account_id).values(is_operator=True)
    )
    stub = await a_company(session, state=CompanyState.STUB, imprint="")
    deciding = await bearer(session, olga)
    first, second = await bearer(session, kim), await bearer(session, jo)
    await session.commit()
    at = await ask(stub, first, "operator")
    await ask(stub, second, "operator")
    await client.post(f"{at}/decision", headers=deciding, json={"verdict": "grant"})
    await work()
    assert sorted(await told(kim)) == ["claim.asked", "claim.granted"]
    assert await told(jo) == ["claim.passed"]
