"""Closing an account."""

from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock
from app.models.accounts import AccessToken, Account, SignedInSession
from app.models.companies import Claim, ClaimWay, Staff, StaffRole
from app.models.groups import Membership, Standing
from app.models.people import Person
from tests.makers import (
    PASSWORD,
    a_company,
    a_group,
    a_membership,
    a_person,
    an_account,
    bearer,
    signed_in,
)

OWN = "/api/v1/me/account"
OURS = {"sec-fetch-site": "same-origin"}


async def close(client, headers, password=PASSWORD):
    return await client.request("DELETE", OWN, json={"password": password}, headers=headers)


async def test_a_closed_account_leaves_a_former_member_behind(session, client, work, outbox):
    account = await an_account(session, headline="Ausbilderin", phone="+4923491130")
    email = account.email
    person = await session.scalar(select(Person))
    founder = await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder)
    await a_membership(session, group, person)
    company = await a_company(session, owner=founder)
    session.add(Staff(company_id=company.id, person_id=person.id, role=StaffRole.EDITOR))
    headers = await bearer(session, person)
    token = await bearer(session, person, "groups:write")
    await session.commit()
    assert (await close(client, headers, "falsch")).status_code == 422
    assert (await close(client, headers)).status_code == 204
    for dead in (headers, token):
        assert (await client.get(OWN, headers=dead)).status_code == 401
    await session.refresh(person)
    assert (person.name, person.headline, person.phone) == ("Ehemaliges Mitglied", "", None)
    assert person.left_at
    assert "rauhut" not in person.slug
    await session.refresh(account)
    assert (account.email, account.password_hash) == ("", None)
    for table in (SignedInSession, AccessToken):
        left = select(func.count()).where(table.account_id == account.id)
        assert await session.scalar(left) == 0
    assert await session.scalar(select(Staff.ended_at).where(Staff.person_id == person.id))
    await work()
    mine = select(func.count()).where(Membership.person_id == person.id)
    assert await session.scalar(mine) == 0
    assert [recipient for recipient, _ in outbox.outbox] == [email]
    draft = {"email": email, "password": PASSWORD}
    answer = await client.post("/api/v1/accounts/sessions", json=draft)
    assert answer.json()["code"] == "wrong_credentials"


async def test_the_only_owner_of_a_company_cannot_close_their_account(session, client):
    account = await an_account(session)
    person = await session.scalar(select(Person).where(Person.account_id == account.id))
    other = await a_person(session, "Kim Jaspert")
    company = await a_company(session, "Kornmühle Sprockhövel", owner=person)
    headers = await bearer(session, person)
    await session.commit()
    answer = await close(client, headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "sole_owner")
    assert "Kornmühle Sprockhövel" in answer.json()["detail"]
    session.add(Staff(company_id=company.id, person_id=other.id, role=StaffRole.OWNER))
    await session.commit()
    assert (await close(client, headers)).status_code == 204


async def test_the_groups_of_a_closed_account_are_inherited(session, client, work):
    account = await an_account(session)
    person = await session.scalar(select(Person).where(Person.account_id == account.id))
    heir = await a_person(session, "Kim Jaspert")
    group = await a_group(session, person)
    await a_membership(session, group, heir, Standing.MODERATOR)
    headers = await bearer(session, person)
    await session.commit()
    assert (await close(client, headers)).status_code == 204
    await work()
    left = await session.execute(select(Membership.person_id, Membership.standing))
    assert [tuple(row) for row in left] == [(heir.id, Standing.OWNER)]


async def test_what_a_former_member_began_names_them_without_a_link(session, client, work):
    account = await an_account(session)
    person = await session.scalar(select(Person).where(Person.account_id == account.id))
    heir = await a_person(session, "Kim Jaspert")
    group = await a_group(session, person)
    await a_membership(session, group, heir, Standing.MODERATOR)
    company = await a_company(session, owner=heir)
    claim = Claim(
        company_id=company.id,
        person_id=person.id,
        way=ClaimWay.OWNERS,
        reason="Ich arbeite dort.",
        expires_at=clock.now() + timedelta(days=1),
    )
    session.add(claim)
    headers = await bearer(session, person)
    cookie, token = await signed_in(session, heir), await bearer(session, heir)
    await session.commit()
    assert (await close(client, headers)).status_code == 204
    await work()
    for path in (f"/groups/{group.slug}", f"/claims/{claim.id}"):
        page = await client.get(path, headers=cookie)
        assert "Ehemaliges Mitglied" in page.text, path
        assert "/people/ehemaliges" not in page.text, path
    read = (await client.get(f"/api/v1/groups/{group.id}", headers=token)).json()
    assert (read["founder_name"], read["founder_slug"]) == ("Ehemaliges Mitglied", None)
    read = (await client.get(f"/api/v1/claims/{claim.id}", headers=token)).json()
    assert read["person"]["slug"] is None


async def test_the_address_of_a_closed_account_is_free_again(session, client, work, outbox):
    account = await an_account(session)
    email = account.email
    person = await session.scalar(select(Person))
    headers = await bearer(session, person)
    await session.commit()
    await close(client, headers)
    draft = {
        "name": "Nadine Rauhut",
        "email": email,
        "is_old_enough": True,
        "accepts_terms": True,
    }
    await client.post("/api/v1/accounts/sign-ups", json=draft)
    await work()
    assert "/sign-up/confirm/" in outbox.outbox[-1][1].get_body(("plain",)).get_content()


async def test_the_page_closes_the_account_too(session, client):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    await client.post("/sign-in", data=draft, headers=OURS)
    answer = await client.post("/settings/close", data={"password": PASSWORD}, headers=OURS)
    assert answer.status_code == 303
    assert "sid" not in client.cookies
    assert await session.scalar(select(func.count()).where(Account.closed_at.is_not(None))) == 1
