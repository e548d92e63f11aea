"""Who gets into a group and who does not: requests, invitations by name, bans (story 6)."""

import itertools

import pytest
from sqlalchemy import select

from app.core.actor import ANONYMOUS
from app.features.groups import policy
from app.features.groups.policy import MemberAct
from app.models.events import EventRecord
from app.models.groups import Admission, Membership, Standing
from tests.makers import a_group, a_membership, a_person, as_actor, bearer, signed_in


async def _standing(session, group, person):
    return await session.scalar(
        select(Membership.standing).where(
            Membership.group_id == group.id, Membership.person_id == person.id
        )
    )


async def _names_of_events(session):
    return list(await session.scalars(select(EventRecord.name).order_by(EventRecord.id)))


@pytest.fixture
async def cast(session):
    """A group on request with owner, moderator and member, and one who has asked."""
    people = {
        name: await a_person(session, name) for name in ("Olga", "Moni", "Max", "Anton", "Frida")
    }
    group = await a_group(session, people["Olga"], admission=Admission.ON_REQUEST)
    await a_membership(session, group, people["Moni"], Standing.MODERATOR)
    await a_membership(session, group, people["Max"])
    await a_membership(session, group, people["Anton"], Standing.REQUESTED)
    await session.commit()
    return group, people


def _url(group, person):
    return f"/api/v1/groups/{group.id}/members/{person.id}"


async def test_a_moderator_admits_who_asked_and_admitting_twice_changes_nothing(
    session, client, cast
):
    group, people = cast
    headers = await bearer(session, people["Moni"])
    await session.commit()
    for _ in range(2):
        answer = await client.patch(
            _url(group, people["Anton"]), headers=headers, json={"standing": "member"}
        )
        assert (answer.status_code, answer.json()["standing"]) == (200, "member"), answer.text
    assert await _names_of_events(session) == ["group.member_admitted", "group.member_joined"]


async def test_a_request_is_refused_with_a_reason_that_only_the_person_and_moderators_see(
    session, client, cast
):
    group, people = cast
    moni, anton, max_ = [await bearer(session, people[name]) for name in ("Moni", "Anton", "Max")]
    await session.commit()
    answer = await client.patch(
        _url(group, people["Anton"]),
        headers=moni,
        json={"standing": "refused", "reason": "Nur für Betriebe."},
    )
    assert answer.json()["reason"] == "Nur für Betriebe."
    own = await client.get(f"/api/v1/groups/{group.id}/membership", headers=anton)
    assert (own.json()["standing"], own.json()["reason"]) == ("refused", "Nur für Betriebe.")
    outside = await client.get(f"/api/v1/groups/{group.id}/members?standing=refused", headers=max_)
    assert outside.status_code == 403
    again = await client.put(f"/api/v1/groups/{group.id}/membership", headers=anton)
    assert again.json()["standing"] == "requested"


async def test_after_admission_a_refusal_comes_too_late_t90(session, client, cast):
    group, people = cast
    headers = await bearer(session, people["Moni"])
    await session.commit()
    url = _url(group, people["Anton"])
    await client.patch(url, headers=headers, json={"standing": "member"})
    late = await client.patch(url, headers=headers, json={"standing": "refused"})
    assert (late.status_code, late.json()["code"]) == (409, "standing_does_not_fit")
    assert await _standing(session, group, people["Anton"]) == Standing.MEMBER


@pytest.mark.parametrize("standing", [Standing.REQUESTED, Standing.REFUSED])
async def test_asking_again_never_opens_the_door_t26(session, client, standing):
    owner, asker = await a_person(session), await a_person(session, "Anton")
    group = await a_group(session, owner, admission=Admission.ON_REQUEST)
    await a_membership(session, group, asker, standing)
    headers = await bearer(session, asker)
    await session.commit()
    url = f"/api/v1/groups/{group.id}/membership"
    for _ in range(2):
        answer = await client.put(url, headers=headers, json={"request_text": "Bitte"})
        assert answer.json()["standing"] == "requested"
    forged = await client.put(url, headers=headers, json={"standing": "member"})
    assert forged.status_code == 422
    self_admitted = await client.patch(
        _url(group, asker), headers=headers, json={"standing": "member"}
    )
    assert self_admitted.status_code == 403
    assert await _standing(session, group, asker) == Standing.REQUESTED


async def test_a_hidden_group_is_not_joined_by_its_id_t26(session, client):
    owner, stranger = await a_person(session), await a_person(session, "Kim")
    group = await a_group(session, owner, admission=Admission.HIDDEN)
    api, browser = await bearer(session, stranger), await signed_in(session, stranger)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    for method, path in (
        ("put", "/membership"), ("delete", "/membership"), ("post", "/archive"),
        ("patch", f"/members/{stranger.id}"), ("delete", f"/members/{stranger.id}"),
        ("post", "/members"), ("post", "/invitations"), ("post", "/hand-over"), ("patch", ""),
    ):  # fmt: skip
        body = {
            "/members": {"person_id": str(stranger.id)},
            "/invitations": {"email": "a@b.example"},
            "/hand-over": {"person_id": str(stranger.id)},
            f"/members/{stranger.id}": {"standing": "member"},
        }.get(path, {})
        extra = {} if method == "delete" or path == "/archive" else {"json": body}
        answer = await client.request(method, f"{url}{path}", headers=api, **extra)
        assert answer.status_code == 404, (method, path, answer.text)
    for path in ("join", "leave", "edit", "archive", "invitations", f"members/{stranger.id}"):
        answer = await client.post(f"/groups/{group.id}/{path}", headers=browser)
        assert answer.status_code == 404, path
    assert await _standing(session, group, stranger) is None


async def test_a_banned_person_stays_out_of_an_open_group_until_the_ban_is_lifted(session, client):
    owner, troll = await a_person(session), await a_person(session, "Troll")
    group = await a_group(session, owner)
    await a_membership(session, group, troll)
    mine, theirs = await bearer(session, owner), await bearer(session, troll)
    await session.commit()
    banned = await client.patch(
        _url(group, troll), headers=mine, json={"standing": "banned", "reason": "Werbung"}
    )
    assert banned.status_code == 200
    url = f"/api/v1/groups/{group.id}/membership"
    assert (await client.put(url, headers=theirs)).status_code == 403
    assert (await client.delete(url, headers=theirs)).status_code == 403
    assert (await client.get(url, headers=theirs)).json()["reason"] == "Werbung"
    listed = await client.get(f"/api/v1/groups/{group.id}/members")
    assert [member["name"] for member in listed.json()["items"]] == [owner.name]
    assert (await client.delete(_url(group, troll), headers=mine)).status_code == 204
    assert (await client.put(url, headers=theirs)).json()["standing"] == "member"


async def test_somebody_who_never_joined_can_be_banned(session, client):
    owner, troll = await a_person(session), await a_person(session, "Troll")
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    answer = await client.patch(_url(group, troll), headers=headers, json={"standing": "banned"})
    assert answer.status_code == 200
    nobody = await client.patch(_url(group, group), headers=headers, json={"standing": "banned"})
    assert nobody.status_code == 404


async def test_moderators_decide_about_members_only(session, client, cast):
    group, people = cast
    headers = await bearer(session, people["Moni"])
    await session.commit()
    for name, expected in (("Olga", 403), ("Moni", 403), ("Max", 200)):
        answer = await client.patch(
            _url(group, people[name]), headers=headers, json={"standing": "banned"}
        )
        assert answer.status_code == expected, name
    named = await client.patch(
        _url(group, people["Moni"]), headers=headers, json={"standing": "owner"}
    )
    assert named.status_code == 403


async def test_an_invited_person_joins_at_once_even_a_hidden_group(session, client):
    owner, guest = await a_person(session), await a_person(session, "Frida")
    group = await a_group(session, owner, admission=Admission.HIDDEN)
    mine, theirs = await bearer(session, owner), await bearer(session, guest)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    for _ in range(2):
        answer = await client.post(
            f"{url}/members", headers=mine, json={"person_id": str(guest.id)}
        )
        assert (answer.status_code, answer.json()["standing"]) == (201, "invited")
    assert await _names_of_events(session) == ["group.person_invited"]
    seen = (await client.get(url, headers=theirs)).json()
    assert (seen["standing"], seen["posts"]) == ("invited", None)
    assert (await client.get(f"{url}/members", headers=theirs)).status_code == 403
    joined = await client.put(f"{url}/membership", headers=theirs)
    assert joined.json()["standing"] == "member"


async def test_a_declined_invitation_hides_the_group_again(session, client):
    owner, guest = await a_person(session), await a_person(session, "Frida")
    group = await a_group(session, owner, admission=Admission.HIDDEN)
    await a_membership(session, group, guest, Standing.INVITED)
    headers = await bearer(session, guest)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    assert (await client.delete(f"{url}/membership", headers=headers)).status_code == 204
    assert (await client.get(url, headers=headers)).status_code == 404


async def test_inviting_somebody_who_asked_admits_them(session, client, cast):
    group, people = cast
    headers = await bearer(session, people["Moni"])
    await session.commit()
    answer = await client.post(
        f"/api/v1/groups/{group.id}/members",
        headers=headers,
        json={"person_id": str(people["Anton"].id)},
    )
    assert answer.json()["standing"] == "member"


async def test_a_decision_on_an_old_sight_of_somebody_is_refused(session, client, cast):
    group, people = cast
    headers = await bearer(session, people["Olga"])
    await session.commit()
    url = _url(group, people["Anton"])
    answer = await client.patch(
        url, headers={**headers, "if-match": '"7.x"'}, json={"standing": "member"}
    )
    assert answer.status_code == 412
    assert await _standing(session, group, people["Anton"]) == Standing.REQUESTED


async def test_the_pages_admit_and_refuse_like_the_api(session, client, cast):
    group, people = cast
    headers = await signed_in(session, people["Moni"])
    await session.commit()
    page = await client.get(f"/groups/{group.slug}/members?show=requested", headers=headers)
    assert "Anton" in page.text
    assert "Annehmen" in page.text
    person = people["Anton"]
    page = await client.get(f"/groups/{group.slug}/members/{person.id}", headers=headers)
    assert 'value="refused"' in page.text
    assert 'value="owner"' not in page.text
    answer = await client.post(
        f"/groups/{group.id}/members/{person.id}",
        headers=headers,
        data={"standing": "refused", "reason": "Nur für Betriebe."},
    )
    assert answer.headers["location"].endswith("members?show=requested&notice=group.decided")
    assert await _standing(session, group, person) == Standing.REFUSED
    theirs = await signed_in(session, person)
    await session.commit()
    page = await client.get(f"/groups/{group.slug}", headers=theirs)
    assert "Nur für Betriebe." in page.text


async def test_members_of_a_closed_group_are_shown_to_members_only(session, client, cast):
    group, people = cast
    member, stranger = await bearer(session, people["Max"]), await bearer(session, people["Anton"])
    await session.commit()
    url = f"/api/v1/groups/{group.id}/members"
    listed = (await client.get(url, headers=member)).json()["items"]
    assert [(one["name"], one["standing"]) for one in listed] == [
        ("Olga", "owner"),
        ("Moni", "moderator"),
        ("Max", "member"),
    ]
    by_name = (await client.get(f"{url}?order=name", headers=member)).json()["items"]
    assert [one["name"] for one in by_name] == ["Max", "Moni", "Olga"]
    assert (await client.get(url, headers=stranger)).status_code == 403
    assert (await client.get(url)).status_code == 401


async def test_members_are_listed_in_parts(session, client):
    owner = await a_person(session, "Zoe")
    group = await a_group(session, owner)
    for number in range(4):
        await a_membership(session, group, await a_person(session, f"Mitglied {number}"))
    await session.commit()
    url, seen, cursor = f"/api/v1/groups/{group.id}/members?limit=2", [], ""
    while cursor is not None:
        part = (await client.get(f"{url}{cursor}")).json()
        seen += [one["name"] for one in part["items"]]
        cursor = f"&cursor={part['next']}" if part["next"] else None
    assert seen == ["Zoe", *(f"Mitglied {number}" for number in range(4))]


MEMBER_FIELDS = {
    "person_id", "name", "slug", "headline", "place_name", "standing", "since",
    "charter_version", "request_text", "reason", "viewer_can",
}  # fmt: skip


async def test_what_members_wrote_when_they_asked_is_for_those_who_decide_t30(
    session, client, cast
):
    group, people = cast
    for name in ("Max", "Moni"):
        headers = await bearer(session, people[name])
        await session.commit()
        items = (await client.get(f"/api/v1/groups/{group.id}/members", headers=headers)).json()[
            "items"
        ]
        assert all(one.keys() == MEMBER_FIELDS for one in items)
        private = {(one["request_text"], one["reason"]) for one in items}
        assert private == ({("", "")} if name == "Moni" else {(None, None)})


async def test_the_members_page_takes_the_same_statements_for_one_and_for_thirty(
    session, client, queries
):
    owner = await a_person(session)
    group = await a_group(session, owner)
    api, browser = await bearer(session, owner), await signed_in(session, owner)
    counts = []
    for number in range(30):
        await a_membership(session, group, await a_person(session, f"Mitglied {number}"))
        if number in {0, 29}:
            await session.commit()
            queries.clear()
            await client.get(f"/api/v1/groups/{group.id}/members?limit=100", headers=api)
            first = len(queries)
            page = await client.get(f"/groups/{group.slug}/members", headers=browser)
            assert page.status_code == 200
            counts.append((first, len(queries) - first))
    assert counts[0] == counts[1]


def test_moderators_never_decide_about_those_above_them():
    actor = as_actor(type("P", (), {"id": 1, "account_id": 2})())
    for own, other, archived, is_self in itertools.product(
        [None, *Standing], [None, *Standing], [False, True], [False, True]
    ):
        can = policy.member_acts(actor, own, other, archived=archived, is_self=is_self)
        assert can <= policy.acts_that_fit(other)
        if own not in policy.RUNNING or archived:
            assert can == frozenset()
        if own == Standing.MODERATOR:
            assert MemberAct.SET_STANDING not in can
            assert not (other in policy.RUNNING and can)
        if is_self and own == Standing.OWNER:
            assert can <= {MemberAct.SET_STANDING}


def test_a_token_without_the_scope_takes_acts_away():
    reading = as_actor(
        type("P", (), {"id": 1, "account_id": 2})(), scopes=frozenset({"groups:read"})
    )
    can = policy.acts(reading, Admission.OPEN, Standing.OWNER, archived=False)
    assert can == {policy.Act.VIEW, policy.Act.READ}
    assert (
        policy.member_acts(reading, Standing.OWNER, Standing.MEMBER, archived=False, is_self=False)
        == frozenset()
    )
    assert policy.acts(ANONYMOUS, Admission.HIDDEN, Standing.OWNER, archived=False) == frozenset()
