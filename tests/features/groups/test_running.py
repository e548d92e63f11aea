"""Running a group: standings, handing over, leaving, inheriting (story 6)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.groups.standings import leave_all_groups
from app.models.groups import Admission, Group, Membership, Standing
from tests.makers import a_group, a_membership, a_person, bearer, signed_in


async def _standings(session, group):
    rows = await session.execute(
        select(Membership.person_id, Membership.standing).where(Membership.group_id == group.id)
    )
    return {person_id: standing.value for person_id, standing in rows}


async def test_the_last_owner_hands_the_group_over_before_leaving(session, client):
    jonas, lena = await a_person(session, "Jonas"), await a_person(session, "Lena")
    group = await a_group(session, jonas, "Innovationskreis Mobilität")
    await a_membership(session, group, lena)
    headers = await bearer(session, jonas)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    refused = await client.delete(f"{url}/membership", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    handed = await client.post(
        f"{url}/hand-over", headers=headers, json={"person_id": str(lena.id)}
    )
    assert (handed.status_code, handed.json()["standing"]) == (200, "moderator"), handed.text
    assert (await client.delete(f"{url}/membership", headers=headers)).status_code == 204
    assert await _standings(session, group) == {lena.id: "owner"}


async def test_a_group_is_handed_over_to_members_only(session, client):
    owner, stranger = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    answer = await client.post(
        f"/api/v1/groups/{group.id}/hand-over",
        headers=headers,
        json={"person_id": str(stranger.id)},
    )
    assert answer.status_code == 409
    assert await _standings(session, group) == {owner.id: "owner"}


async def test_owners_name_moderators_and_owners_and_take_it_back(session, client):
    owner, member = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner)
    await a_membership(session, group, member)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}/members/{member.id}"
    for standing in ("moderator", "owner", "member", "member"):
        answer = await client.patch(url, headers=headers, json={"standing": standing})
        assert answer.json()["standing"] == standing
    own = f"/api/v1/groups/{group.id}/members/{owner.id}"
    last = await client.patch(own, headers=headers, json={"standing": "member"})
    assert (last.status_code, last.json()["code"]) == (409, "last_owner")


async def test_leaving_is_asked_about_on_a_page_and_done_by_its_button(session, client):
    owner, member = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner)
    await a_membership(session, group, member)
    headers = await signed_in(session, member)
    await session.commit()
    page = await client.get(f"/groups/{group.slug}/leave", headers=headers)
    assert "Mitglied bleiben" in page.text
    assert member.id in await _standings(session, group)
    answer = await client.post(f"/groups/{group.id}/leave", headers=headers)
    assert answer.headers["location"] == f"/groups/{group.slug}?notice=group.left"
    assert member.id not in await _standings(session, group)


async def test_a_request_can_be_withdrawn(session, client):
    owner, asker = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner, admission=Admission.ON_REQUEST)
    await a_membership(session, group, asker, Standing.REQUESTED)
    headers = await signed_in(session, asker)
    await session.commit()
    answer = await client.post(f"/groups/{group.id}/leave", headers=headers)
    assert answer.headers["location"].endswith("notice=group.request_withdrawn")
    assert asker.id not in await _standings(session, group)


async def test_the_longest_serving_moderator_inherits(session, runtime):
    jonas, old, new, member = [
        await a_person(session, name) for name in ("Jonas", "Alt", "Neu", "Mit")
    ]
    group = await a_group(session, jonas)
    since = clock.now() - timedelta(days=900)
    (await a_membership(session, group, member)).since = since
    (await a_membership(session, group, new, Standing.MODERATOR)).since = since + timedelta(2)
    (await a_membership(session, group, old, Standing.MODERATOR)).since = since + timedelta(1)
    await session.commit()
    for _ in range(2):
        async with transaction(runtime.sessions) as other:
            await leave_all_groups(other, jonas.id)
    assert await _standings(session, group) == {
        old.id: "owner",
        new.id: "moderator",
        member.id: "member",
    }


@pytest.mark.parametrize("second", [Standing.OWNER, Standing.MEMBER, Standing.REQUESTED, None])
async def test_a_group_is_never_left_without_an_owner_unless_it_is_archived(
    session, runtime, second
):
    jonas, other = await a_person(session, "Jonas"), await a_person(session, "Anna")
    group = await a_group(session, jonas)
    if second:
        await a_membership(session, group, other, second)
    await session.commit()
    async with transaction(runtime.sessions) as writing:
        await leave_all_groups(writing, jonas.id)
    archived = await session.scalar(select(Group.archived_at).where(Group.id == group.id))
    owners = [one for one in (await _standings(session, group)).values() if one == "owner"]
    assert (len(owners), archived is not None) == (
        (1, False) if second in {Standing.OWNER, Standing.MEMBER} else (0, True)
    )


async def test_a_changed_charter_keeps_members_in_and_is_agreed_to_when_they_like(session, client):
    owner, member = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner, charter="Alt", charter_html="<p>Alt</p>")
    (await a_membership(session, group, member)).charter_version = 1
    mine, theirs = await bearer(session, owner), await signed_in(session, member)
    await session.commit()
    await client.patch(f"/api/v1/groups/{group.id}", headers=mine, json={"charter": "Neu"})
    page = await client.get(f"/groups/{group.slug}", headers=theirs)
    assert "Die Gruppenordnung hat sich geändert." in page.text
    answer = await client.post(
        f"/groups/{group.id}/join",
        headers=theirs,
        data={"accepts": "true", "accepted_charter": "2"},
    )
    assert answer.status_code == 303
    page = await client.get(f"/groups/{group.slug}", headers=theirs)
    assert "Die Gruppenordnung hat sich geändert." not in page.text


async def test_a_charter_is_accepted_in_the_version_that_was_shown(session, client):
    owner, newcomer = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner, charter="Regeln", charter_html="<p>Regeln</p>")
    api, browser = await bearer(session, newcomer), await signed_in(session, newcomer)
    await session.commit()
    page = await client.get(f"/groups/{group.slug}/join", headers=browser)
    assert "Regeln" in page.text
    unticked = await client.post(
        f"/groups/{group.id}/join", headers=browser, data={"accepted_charter": "1"}
    )
    assert unticked.status_code == 409
    assert "Bitte stimmen Sie der Gruppenordnung zu" in unticked.text
    url = f"/api/v1/groups/{group.id}/membership"
    other = await client.put(url, headers=api, json={"accepted_charter": 2})
    assert (other.status_code, other.json()["code"]) == (409, "charter_not_accepted")
    joined = await client.put(url, headers=api, json={"accepted_charter": 1})
    assert joined.json()["charter_version"] == 1
