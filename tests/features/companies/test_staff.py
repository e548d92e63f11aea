import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core.db import sqlalchemy_url, transaction
from app.features.companies.staff import LastOwner, leave_company, remove_staff
from app.models.companies import Contact, Staff, StaffRole
from tests.makers import a_company, a_person, as_actor, bearer, signed_in


async def _staff(session, company, name="Kim Jaspert", role=StaffRole.EDITOR):
    person = await a_person(session, name)
    staff = Staff(company_id=company.id, person_id=person.id, role=role)
    session.add(staff)
    await session.flush()
    return person, staff


async def _role(session, staff):
    return await session.scalar(select(Staff.role).where(Staff.id == staff.id))


async def test_owners_change_roles_and_everybody_their_own_function(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    kim, staff = await _staff(session, company)
    boss, own = await bearer(session, owner), await bearer(session, kim)
    await session.commit()
    at = f"/api/v1/companies/{company.id}/staff/{staff.id}"
    assert (await client.patch(at, headers=own, json={"role": "owner"})).status_code == 403
    mine = await client.patch(at, headers=own, json={"function": "Versand", "is_shown": False})
    assert (mine.json()["function"], mine.json()["role"]) == ("Versand", "editor")
    changed = await client.patch(at, headers=boss, json={"role": "owner"})
    assert (changed.json()["role"], changed.json()["function"]) == ("owner", "Versand")


async def test_strangers_and_members_change_nobody(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    _, staff = await _staff(session, company)
    member, _ = await _staff(session, company, "Paul", StaffRole.MEMBER)
    stranger = await a_person(session)
    for who in (member, stranger):
        headers = await bearer(session, who)
        await session.commit()
        at = f"/api/v1/companies/{company.id}/staff/{staff.id}"
        assert (await client.patch(at, headers=headers, json={"function": "x"})).status_code == 403
        assert (await client.delete(at, headers=headers)).status_code == 403
        assert (await client.post(f"{at}/hand-over", headers=headers)).status_code == 403


async def test_the_last_owner_can_neither_leave_nor_step_down(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    await _staff(session, company)
    own = await session.scalar(select(Staff).where(Staff.person_id == owner.id))
    headers = await bearer(session, owner)
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    answers = [
        await client.delete(f"{at}/membership", headers=headers),
        await client.delete(f"{at}/staff/{own.id}", headers=headers),
        await client.patch(f"{at}/staff/{own.id}", headers=headers, json={"role": "editor"}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (409, "last_company_owner")
    ] * 3
    assert await _role(session, own) is StaffRole.OWNER


async def test_two_owners_leaving_at_the_same_moment_leave_one_behind(own_database, runtime):
    engine = create_async_engine(sqlalchemy_url(own_database))
    info = dict(runtime.sessions.kw["info"])
    sessions = async_sessionmaker(engine, expire_on_commit=False, info=info)
    for _ in range(5):
        async with sessions() as session, session.begin():
            first = await a_person(session)
            company = await a_company(session, owner=first)
            second, _ = await _staff(session, company, role=StaffRole.OWNER)
        gate = asyncio.Barrier(2)

        async def leave(person, company_id=company.id, gate=gate):
            await gate.wait()
            async with transaction(sessions) as session:
                await leave_company(session, as_actor(person), company_id)

        outcomes = await asyncio.gather(leave(first), leave(second), return_exceptions=True)
        assert sorted(map(type, outcomes), key=str) == sorted([type(None), LastOwner], key=str)
        async with sessions() as session:
            owners = await session.scalar(
                select(func.count())
                .select_from(Staff)
                .where(Staff.company_id == company.id, Staff.ended_at.is_(None))
            )
        assert owners == 1
    await engine.dispose()


async def test_handing_over_makes_another_owner_and_oneself_an_editor(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    _, staff = await _staff(session, company)
    own = await session.scalar(select(Staff).where(Staff.person_id == owner.id))
    headers = await signed_in(session, owner)
    await session.commit()
    answer = await client.post(
        f"/companies/{company.id}/staff/{staff.id}/hand-over", headers=headers
    )
    assert answer.status_code == 303
    assert (await _role(session, staff), await _role(session, own)) == (
        StaffRole.OWNER,
        StaffRole.EDITOR,
    )


async def test_who_is_removed_loses_everything_that_came_with_the_place_t35(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    kim, staff = await _staff(session, company)
    session.add_all(
        [
            Contact(company_id=company.id, person_id=kim.id, topic="funding"),
            Contact(company_id=company.id, person_id=owner.id, topic="tourism", stand_in_id=kim.id),
        ]
    )
    boss, own = await bearer(session, owner), await bearer(session, kim)
    token = await bearer(session, kim, "companies:write", "companies:read")
    page = await signed_in(session, kim)
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    assert (await client.delete(f"{at}/staff/{staff.id}", headers=boss)).status_code == 204
    for headers in (own, token):
        refused = await client.patch(at, headers=headers, json={"summary": "noch da"})
        assert refused.status_code == 403
    assert (await client.get(f"/companies/{company.slug}/staff", headers=page)).status_code == 403
    listed = (await client.get("/api/v1/contacts")).json()["items"]
    assert [(row["topic"], row["stand_in"]) for row in listed] == [("tourism", None)]


async def test_history_is_for_those_who_manage_the_staff(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    _, staff = await _staff(session, company, "Kim Jaspert")
    boss = await bearer(session, owner)
    await session.commit()
    await remove_staff(session, as_actor(owner), company.id, staff.id)
    await session.commit()
    at = f"/api/v1/companies/{company.id}/staff"
    public = (await client.get(at)).json()["items"]
    managed = (await client.get(at, headers=boss)).json()["items"]
    assert [row["name"] for row in public] == ["Nadine Rauhut"]
    assert [(row["name"], row["ended_at"] is None) for row in managed] == [
        ("Nadine Rauhut", True),
        ("Kim Jaspert", False),
    ]


async def test_a_token_without_the_scope_changes_nothing(session, client):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    token = await bearer(session, owner, "companies:read")
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    answer = await client.patch(at, headers=token, json={"summary": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert (await client.get(at, headers=token)).json()["viewer_can"] == ["view"]


@pytest.mark.parametrize("shown", [True, False])
async def test_who_does_not_want_to_be_shown_is_not(session, client, shown):
    company = await a_company(session)
    _, staff = await _staff(session, company, "Kim Jaspert")
    staff.is_shown = shown
    await session.commit()
    html = (await client.get(f"/companies/{company.slug}")).text
    body = (await client.get(f"/api/v1/companies/{company.id}")).text
    assert ("Kim Jaspert" in html, "Kim Jaspert" in body) == (shown, shown)
