import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.core import clock
from app.core.db import sqlalchemy_url, transaction
from app.core.ids import fingerprint
from app.features.companies.invitations import InvitationUsed, accept_invitation
from app.models.accounts import Account
from app.models.companies import Staff, StaffInvitation, StaffRole
from tests.makers import a_company, a_person, as_actor, bearer, signed_in


async def _invited(session, client, work, outbox, email, role="editor"):
    owner = await a_person(session)
    company = await a_company(session, owner=owner)
    headers = await bearer(session, owner)
    await session.commit()
    answer = await client.post(
        f"/api/v1/companies/{company.id}/staff-invitations",
        headers=headers,
        json={"email": email, "role": role},
    )
    assert answer.status_code == 201
    await work()
    text = outbox.outbox[-1][1].get_body(("plain",)).get_content()
    token = re.search(r"/companies/invitations/([\w-]+)", text).group(1)
    return company, headers, answer.json(), token


async def _with_email(session, email, name="Kim Jaspert"):
    person = await a_person(session, name)
    account = await session.get_one(Account, person.account_id)
    account.email = account.email_key = email
    await session.flush()
    return person


async def test_an_invitation_leads_to_a_place_on_the_staff(session, client, work, outbox):
    company, _, _, token = await _invited(session, client, work, outbox, "kim@jaspert.example")
    kim = await _with_email(session, "kim@jaspert.example")
    headers = await signed_in(session, kim)
    await session.commit()
    page = await client.get(f"/companies/invitations/{token}", headers=headers)
    assert company.name in page.text
    answer = await client.post(f"/companies/invitations/{token}/accept", headers=headers)
    assert answer.headers["location"] == f"/companies/{company.slug}?notice=staff.joined"
    role = await session.scalar(select(Staff.role).where(Staff.person_id == kim.id))
    assert role is StaffRole.EDITOR


async def test_the_invited_need_no_account_to_see_who_invites_them(session, client, work, outbox):
    company, _, _, token = await _invited(session, client, work, outbox, "neu@jaspert.example")
    page = await client.get(f"/companies/invitations/{token}")
    assert page.status_code == 200
    assert company.name in page.text
    assert "/sign-up" in page.text
    assert '<meta name="robots" content="noindex">' in page.text


async def test_an_invitation_is_bound_to_its_address_t15(session, client, work, outbox):
    _, _, _, token = await _invited(session, client, work, outbox, "a@x.example")
    other = await _with_email(session, "b@y.example")
    headers = await bearer(session, other)
    await session.commit()
    answer = await client.post(f"/api/v1/company-invitations/{token}/accept", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "invitation_for_others")
    assert await session.scalar(select(Staff.id).where(Staff.person_id == other.id)) is None


async def test_an_invitation_ends_by_time_by_revocation_and_by_use_t15(
    session, client, work, outbox
):
    company, owner, made, token = await _invited(session, client, work, outbox, "a@x.example")
    kim = await _with_email(session, "a@x.example")
    headers = await bearer(session, kim)
    row = await session.get_one(StaffInvitation, made["id"])
    row.expires_at = clock.now() - timedelta(seconds=1)
    await session.commit()
    at = f"/api/v1/company-invitations/{token}/accept"
    assert (await client.post(at, headers=headers)).status_code == 410
    assert (await client.get(f"/companies/invitations/{token}")).status_code == 410
    row.expires_at = clock.now() + timedelta(days=1)
    await session.commit()
    gone = f"/api/v1/companies/{company.id}/staff-invitations/{made['id']}"
    assert (await client.delete(gone, headers=owner)).status_code == 204
    assert (await client.post(at, headers=headers)).status_code == 410
    await session.refresh(row)
    row.revoked_at = None
    await session.commit()
    assert (await client.post(at, headers=headers)).status_code == 200
    again = await client.post(at, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "company_invitation_used")


async def test_two_clicks_at_the_same_moment_make_one_place_t15(own_database, runtime):
    engine = create_async_engine(sqlalchemy_url(own_database))
    info = dict(runtime.sessions.kw["info"])
    sessions = async_sessionmaker(engine, expire_on_commit=False, info=info)
    async with sessions() as session, session.begin():
        owner = await a_person(session)
        company = await a_company(session, owner=owner)
        kim = await _with_email(session, "a@x.example")
        session.add(
            StaffInvitation(
                company_id=company.id,
                email="a@x.example",
                email_key="a@x.example",
                role=StaffRole.MEMBER,
                invited_by_id=owner.id,
                token_hash=fingerprint("geheimes-zeichen-das-lang-ist"),
                expires_at=clock.now() + timedelta(days=1),
            )
        )

    async def accept():
        async with transaction(sessions) as session:
            await accept_invitation(session, as_actor(kim), "geheimes-zeichen-das-lang-ist")

    outcomes = await asyncio.gather(*(accept() for _ in range(4)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["InvitationUsed"] * 3 + ["NoneType"]
    assert InvitationUsed in map(type, outcomes)
    async with sessions() as session:
        places = await session.scalar(
            select(func.count()).select_from(Staff).where(Staff.person_id == kim.id)
        )
    assert places == 1
    await engine.dispose()


async def test_an_invitation_waits_among_one_s_own_companies_until_it_is_accepted(
    session, client, work, outbox
):
    company, _, made, token = await _invited(session, client, work, outbox, "kim@jaspert.example")
    kim = await _with_email(session, "kim@jaspert.example")
    page, headers = await signed_in(session, kim), await bearer(session, kim)
    await session.commit()
    waiting = (await client.get("/api/v1/me/company-invitations", headers=headers)).json()["items"]
    assert [(one["id"], one["company"], one["role"]) for one in waiting] == [
        (made["id"], company.name, "editor")
    ]
    assert (await client.get("/api/v1/me/companies", headers=headers)).json()["items"] == []
    shown = await client.get("/me/companies", headers=page)
    assert "Eingeladen von" in shown.text
    at = f"/me/company-invitations/{made['id']}"
    assert f'action="{at}/accept"' in shown.text
    answer = await client.post(f"{at}/accept", headers=page)
    assert answer.headers["location"] == f"/companies/{company.slug}?notice=staff.joined"
    assert "Eingeladen von" not in (await client.get("/me/companies", headers=page)).text
    own = (await client.get("/api/v1/me/companies", headers=headers)).json()["items"]
    assert [(one["name"], one["role"]) for one in own] == [(company.name, "editor")]
    answers = [
        await client.post(f"/api/v1{at}/accept", headers=headers),
        await client.post(f"/api/v1/company-invitations/{token}/accept", headers=headers),
        await client.delete(f"/api/v1{at}", headers=headers),
    ]
    assert [answer.json()["code"] for answer in answers] == ["company_invitation_used"] * 3


async def test_a_declined_invitation_is_worthless_by_its_link_too(session, client, work, outbox):
    company, owner, made, token = await _invited(session, client, work, outbox, "a@x.example")
    kim = await _with_email(session, "a@x.example")
    page, headers = await signed_in(session, kim), await bearer(session, kim)
    await session.commit()
    at = f"/me/company-invitations/{made['id']}"
    answer = await client.post(f"{at}/decline", headers=page)
    assert answer.headers["location"] == "/me/companies?notice=staff.declined"
    assert (await client.delete(f"/api/v1{at}", headers=headers)).status_code == 204
    assert (await client.post(f"/api/v1{at}/accept", headers=headers)).status_code == 410
    link = f"/api/v1/company-invitations/{token}/accept"
    assert (await client.post(link, headers=headers)).status_code == 410
    open_ = f"/api/v1/companies/{company.id}/staff-invitations"
    assert (await client.get(open_, headers=owner)).json()["items"] == []


async def test_another_s_invitation_is_neither_seen_nor_taken_nor_declined_t15(
    session, client, work, outbox
):
    _, _, made, _ = await _invited(session, client, work, outbox, "a@x.example")
    other = await bearer(session, await _with_email(session, "b@y.example"))
    await session.commit()
    url = "/api/v1/me/company-invitations"
    assert (await client.get(url, headers=other)).json()["items"] == []
    assert (await client.post(f"{url}/{made['id']}/accept", headers=other)).status_code == 404
    assert (await client.delete(f"{url}/{made['id']}", headers=other)).status_code == 404
    assert (await client.get(url)).status_code == 401
    row = await session.get_one(StaffInvitation, made["id"])
    await session.refresh(row)
    assert row.revoked_at is None


async def test_a_newer_invitation_makes_the_older_one_worthless(session, client, work, outbox):
    company, owner, _, token = await _invited(session, client, work, outbox, "a@x.example")
    at = f"/api/v1/companies/{company.id}/staff-invitations"
    again = await client.post(at, headers=owner, json={"email": "A@x.example"})
    assert again.status_code == 201
    assert len((await client.get(at, headers=owner)).json()["items"]) == 1
    assert (await client.get(f"/companies/invitations/{token}")).status_code == 410


async def test_who_is_on_the_staff_already_is_not_invited(session, client):
    owner = await _with_email(session, "a@x.example")
    company = await a_company(session, owner=owner)
    headers = await bearer(session, owner)
    await session.commit()
    answer = await client.post(
        f"/api/v1/companies/{company.id}/staff-invitations",
        headers=headers,
        json={"email": "a@x.example"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "already_on_staff")


@pytest.mark.parametrize("role", [StaffRole.EDITOR, StaffRole.MEMBER, None])
async def test_only_owners_invite(session, client, role):
    person = await a_person(session)
    company = await a_company(session)
    if role:
        session.add(Staff(company_id=company.id, person_id=person.id, role=role))
    headers, page = await bearer(session, person), await signed_in(session, person)
    await session.commit()
    at = f"/companies/{company.id}/staff-invitations"
    body = {"email": "a@x.example"}
    assert (await client.post(f"/api/v1{at}", headers=headers, json=body)).status_code == 403
    assert (await client.get(f"/api/v1{at}", headers=headers)).status_code == 403
    assert (await client.post(at, headers=page, data=body)).status_code == 403
    assert await session.scalar(select(func.count()).select_from(StaffInvitation)) == 0
