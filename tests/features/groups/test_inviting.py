"""Invitations by mail: bound to an address, used once, revocable, and limited (T15)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import clock, limits
from app.core.ids import fingerprint
from app.models.accounts import Account
from app.models.groups import Admission, GroupInvitation, Membership, Standing
from app.models.mails import OutgoingMail
from tests.makers import a_group, a_membership, a_person, bearer, signed_in


async def _address(session, person):
    return await session.scalar(select(Account.email).where(Account.id == person.account_id))


async def _invited(session, client, group, headers, email):
    """Invite, and return the link's token as the mail has it."""
    answer = await client.post(
        f"/api/v1/groups/{group.id}/invitations", headers=headers, json={"email": email}
    )
    assert answer.status_code == 201, answer.text
    text = await session.scalar(
        select(OutgoingMail.text)
        .where(OutgoingMail.recipient == email)
        .order_by(OutgoingMail.id.desc())
    )
    return re.search(r"/groups/invitations/(\S+)", text)[1]


@pytest.fixture
async def invitation(session, client):
    """A hidden group, its owner's headers, a guest, and the token that was mailed to them."""
    owner, guest = await a_person(session, "Jonas"), await a_person(session, "Frida")
    group = await a_group(session, owner, "Geheimer Kreis", admission=Admission.HIDDEN)
    headers = await bearer(session, owner)
    await session.commit()
    token = await _invited(session, client, group, headers, await _address(session, guest))
    return group, headers, guest, token


async def test_an_invitation_reaches_people_without_an_account_by_mail(
    session, client, work, outbox
):
    owner = await a_person(session, "Jonas Terhorst")
    group = await a_group(session, owner, "Innovationskreis", summary="Neue Wege.")
    headers = await bearer(session, owner)
    await session.commit()
    token = await _invited(session, client, group, headers, "neu@firma.example")
    await work()
    recipient, mail = outbox.outbox[0]
    body = mail.get_body(("plain",)).get_content()
    assert recipient == "neu@firma.example"
    assert "Innovationskreis" in mail["Subject"]
    assert "Jonas Terhorst" in body
    assert f"http://testserver/groups/invitations/{token}" in body
    stored = await session.scalar(select(GroupInvitation.token_hash))
    assert stored == fingerprint(token)


async def test_opening_the_link_shows_the_group_and_changes_nothing_t07(
    session, client, invitation
):
    group, _, guest, token = invitation
    headers = await signed_in(session, guest)
    await session.commit()
    for header in ({}, headers):
        for _ in range(2):
            page = await client.get(f"/groups/invitations/{token}", headers=header)
            assert page.status_code == 200
            assert "Geheimer Kreis" in page.text
    assert await session.scalar(select(GroupInvitation.accepted_at)) is None
    assert await session.scalar(select(func.count()).where(Membership.person_id == guest.id)) == 0
    answer = await client.post(f"/groups/invitations/{token}", headers=headers)
    assert answer.headers["location"] == f"/groups/{group.slug}?notice=group.joined"
    standing = await session.scalar(
        select(Membership.standing).where(Membership.person_id == guest.id)
    )
    assert standing == Standing.MEMBER


async def test_an_invitation_is_used_once_t15(session, client, invitation):
    group, _, guest, token = invitation
    headers = await bearer(session, guest)
    await session.commit()
    url = f"/api/v1/group-invitations/{token}"
    assert (await client.get(url, headers=headers)).json()["name"] == "Geheimer Kreis"
    assert (await client.post(f"{url}/accept", headers=headers)).status_code == 200
    again = await client.post(f"{url}/accept", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "invitation_used")
    await client.delete(f"/api/v1/groups/{group.id}/membership", headers=headers)
    assert (await client.post(f"{url}/accept", headers=headers)).status_code == 409


async def test_an_invitation_is_for_one_address_t15(session, client, invitation):
    _, _, _, token = invitation
    other = await a_person(session, "Kim Jaspert")
    api, browser = await bearer(session, other), await signed_in(session, other)
    await session.commit()
    url = f"/api/v1/group-invitations/{token}"
    for answer in (
        await client.get(url, headers=api),
        await client.post(f"{url}/accept", headers=api),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "invitation_for_another")
    for method in ("get", "post"):
        page = await client.request(method, f"/groups/invitations/{token}", headers=browser)
        assert page.status_code == 403
        assert "Geheimer Kreis" not in page.text
    assert (await client.post(f"{url}/accept")).status_code == 401


async def test_an_address_counts_however_it_is_written_t16(session, client):
    owner, guest = await a_person(session, "Jonas"), await a_person(session, "Frida")
    group = await a_group(session, owner)
    mine, theirs = await bearer(session, owner), await bearer(session, guest)
    await session.commit()
    email = (await _address(session, guest)).replace("person", "PERSON")
    token = await _invited(session, client, group, mine, email)
    answer = await client.post(f"/api/v1/group-invitations/{token}/accept", headers=theirs)
    assert answer.status_code == 200


@pytest.mark.parametrize("ends", ["expires", "is revoked", "is replaced"])
async def test_an_invitation_ends_t15(session, client, invitation, ends):
    group, headers, guest, token = invitation
    theirs = await bearer(session, guest)
    await session.commit()
    url = f"/api/v1/groups/{group.id}/invitations"
    if ends == "expires":
        await session.execute(
            update(GroupInvitation).values(expires_at=clock.now() - timedelta(seconds=1))
        )
        await session.commit()
    elif ends == "is revoked":
        listed = (await client.get(url, headers=headers)).json()["items"]
        for _ in range(2):
            gone = await client.delete(f"{url}/{listed[0]['id']}", headers=headers)
            assert gone.status_code == 204
    else:
        await _invited(session, client, group, headers, await _address(session, guest))
    for method, path in (("get", ""), ("post", "/accept")):
        answer = await client.request(
            method, f"/api/v1/group-invitations/{token}{path}", headers=theirs
        )
        assert (answer.status_code, answer.json()["code"]) == (410, "invitation_gone")


async def test_an_unknown_link_leads_nowhere_t23(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    url = "/api/v1/group-invitations/kDkq3x"
    assert (await client.get(url)).status_code == 404
    assert (await client.post(f"{url}/accept", headers=headers)).status_code == 404
    assert (await client.get("/groups/invitations/kDkq3x")).status_code == 404


async def test_a_banned_person_does_not_come_back_by_invitation(session, client, invitation):
    group, _, guest, token = invitation
    await a_membership(session, group, guest, Standing.BANNED)
    headers = await bearer(session, guest)
    await session.commit()
    answer = await client.post(f"/api/v1/group-invitations/{token}/accept", headers=headers)
    assert answer.status_code == 403


async def test_the_charter_is_accepted_with_the_invitation(session, client):
    owner, guest = await a_person(session, "Jonas"), await a_person(session, "Frida")
    group = await a_group(session, owner, charter="Regeln", charter_html="<p>Regeln</p>")
    mine, theirs = await bearer(session, owner), await bearer(session, guest)
    browser = await signed_in(session, guest)
    await session.commit()
    token = await _invited(session, client, group, mine, await _address(session, guest))
    url = f"/api/v1/group-invitations/{token}/accept"
    refused = await client.post(url, headers=theirs)
    assert (refused.status_code, refused.json()["code"]) == (409, "charter_not_accepted")
    page = await client.post(
        f"/groups/invitations/{token}", headers=browser, data={"accepted_charter": "1"}
    )
    assert page.status_code == 409
    assert "Regeln" in page.text
    answer = await client.post(url, headers=theirs, json={"accepted_charter": 1})
    assert answer.json()["charter_version"] == 1


async def test_the_answer_does_not_tell_whether_an_address_has_an_account_t01(session, client):
    owner, member = await a_person(session, "Jonas"), await a_person(session, "Frida")
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}/invitations"
    known = await client.post(url, headers=headers, json={"email": await _address(session, member)})
    unknown = await client.post(url, headers=headers, json={"email": "neu@firma.example"})
    assert known.status_code == unknown.status_code == 201
    assert known.json().keys() == unknown.json().keys()


async def test_addresses_that_could_reach_others_are_refused_t03(session, client):
    owner = await a_person(session)
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    for email in (
        "=?utf-8?q?x=40evil.example=2c?=@firma.example",
        "a@b.example\r\nBcc: c@d.example",
    ):
        answer = await client.post(
            f"/api/v1/groups/{group.id}/invitations", headers=headers, json={"email": email}
        )
        assert answer.status_code == 422
    assert await session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


@pytest.fixture
def counted(monkeypatch):
    """Limits that count, with few invitations a day."""
    monkeypatch.setitem(limits.LIMITS, "invite", "4/day")
    limits.rule.cache_clear()
    counting = limits.Limiter("memory://")
    monkeypatch.setattr("app.features.groups.invitations.limiter", lambda: counting)
    yield
    limits.rule.cache_clear()


async def test_nobody_is_flooded_with_invitations_t10(session, client, counted):
    owner = await a_person(session)
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}/invitations"

    async def invite(email):
        answer = await client.post(url, headers=headers, json={"email": email})
        return answer.status_code

    same = [await invite("viel@firma.example") for _ in range(4)]
    assert same == [201, 201, 201, 429]
    assert await invite("andere@firma.example") == 429
    assert await session.scalar(select(func.count()).select_from(OutgoingMail)) == 3


async def test_invitations_are_managed_on_a_page_by_those_who_run_the_group(session, client):
    owner, member = await a_person(session, "Jonas"), await a_person(session, "Frida")
    known = await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner)
    await a_membership(session, group, member)
    mine, theirs = await signed_in(session, owner), await signed_in(session, member)
    await session.commit()
    here = f"/groups/{group.slug}/invitations"
    assert (await client.get(here, headers=theirs)).status_code == 403
    url = f"/groups/{group.id}/invitations"
    wrong = await client.post(url, headers=mine, data={"email": "kein Ziel"})
    assert wrong.status_code == 422
    assert "kein Ziel" in wrong.text
    sent = await client.post(url, headers=mine, data={"email": "neu@firma.example"})
    assert sent.headers["location"] == f"{here}?notice=group.invited"
    assert "neu@firma.example" in (await client.get(here, headers=mine)).text
    invitation_id = await session.scalar(select(GroupInvitation.id))
    await client.post(f"{url}/{invitation_id}/revoke", headers=mine)
    assert "neu@firma.example" not in (await client.get(here, headers=mine)).text
    by_profile = await client.post(
        f"/groups/{group.id}/members",
        headers=mine,
        data={"profile": f"http://testserver/people/{known.slug}"},
    )
    assert by_profile.status_code == 303
    standing = await session.scalar(
        select(Membership.standing).where(Membership.person_id == known.id)
    )
    assert standing == Standing.INVITED
    unknown = await client.post(
        f"/groups/{group.id}/members", headers=mine, data={"profile": "niemand"}
    )
    assert "Dieses Profil gibt es hier nicht." in unknown.text
