"""Founding a group, on both fronts (story 6)."""

import pytest
from sqlalchemy import select

from app.models.events import EventRecord
from app.models.groups import Admission, CharterVersion, Group, Membership, Standing
from tests.makers import a_group, a_membership, a_person, bearer, signed_in

DRAFT = {
    "name": "Innovationskreis Mobilität",
    "description": "Für Betriebe, die ihren **Fuhrpark** umstellen.",
    "charter": "- Wir sprechen offen.",
    "admission": "on_request",
    "topics": ["sites"],
    "places": ["44793 Bochum", "Hattingen"],
}


async def test_a_group_is_founded_by_api_and_its_founder_owns_it(session, client):
    jonas = await a_person(session, "Jonas Terhorst")
    headers = await bearer(session, jonas)
    await session.commit()
    answer = await client.post("/api/v1/groups", headers=headers, json=DRAFT)
    assert answer.status_code == 201, answer.text
    group = answer.json()
    assert answer.headers["location"] == f"/api/v1/groups/{group['id']}"
    assert group["slug"] == "innovationskreis-mobilitaet"
    assert group["standing"] == "owner"
    assert group["summary"] == "Für Betriebe, die ihren Fuhrpark umstellen."
    assert [place["name"] for place in group["places"]] == ["44793 Bochum", "Hattingen"]
    assert {"edit", "moderate", "post"} <= set(group["viewer_can"])
    membership = await session.scalar(select(Membership))
    assert (membership.standing, membership.charter_version) == (Standing.OWNER, 1)
    assert await session.scalar(select(CharterVersion.charter)) == DRAFT["charter"]
    assert await session.scalar(select(EventRecord.name)) == "group.founded"


async def test_the_form_founds_the_same_group(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    page = await client.get("/groups/new", headers=headers)
    assert "Gruppe gründen" in page.text
    form = DRAFT | {"places": "44793 Bochum\nHattingen", "form_id": "0198"}
    answer = await client.post("/groups/new", headers=headers, data=form)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/groups/innovationskreis-mobilitaet?notice=")
    page = await client.get(answer.headers["location"], headers=headers)
    assert page.status_code == 200
    assert "Ihre Gruppe ist gegründet." in page.text
    assert "<strong>Fuhrpark</strong>" in page.text


async def test_a_form_with_an_unknown_place_comes_back_with_what_was_entered(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    form = DRAFT | {"places": "Entenhausen"}
    answer = await client.post("/groups/new", headers=headers, data=form)
    assert answer.status_code == 422
    assert "Diesen Ort kennen wir nicht." in answer.text
    assert "Entenhausen" in answer.text
    assert await session.scalar(select(Group.id)) is None


async def test_nobody_founds_nothing(client):
    assert (await client.post("/api/v1/groups", json=DRAFT)).status_code == 401
    answer = await client.get("/groups/new")
    assert answer.headers["location"] == "/sign-in?next=%2Fgroups%2Fnew"


async def test_a_namesake_gets_another_slug(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    slugs = [
        (await client.post("/api/v1/groups", headers=headers, json=DRAFT)).json()["slug"]
        for _ in range(2)
    ]
    assert slugs == ["innovationskreis-mobilitaet", "innovationskreis-mobilitaet-2"]


async def test_a_hidden_group_takes_no_name_from_others_t24(session, client):
    owner, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    hidden, theirs = await bearer(session, owner), await bearer(session, stranger)
    await session.commit()
    secret = DRAFT | {"admission": "hidden"}
    first = await client.post("/api/v1/groups", headers=hidden, json=secret)
    assert first.json()["slug"].startswith("innovationskreis-mobilitaet-")
    second = await client.post("/api/v1/groups", headers=theirs, json=DRAFT)
    assert second.json()["slug"] == "innovationskreis-mobilitaet"


async def test_a_group_that_becomes_hidden_leaves_no_name_behind_t24(session, client):
    owner, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    mine, theirs = await bearer(session, owner), await bearer(session, stranger)
    await session.commit()
    group = (await client.post("/api/v1/groups", headers=mine, json=DRAFT)).json()
    url = f"/api/v1/groups/{group['id']}"
    renamed = (await client.patch(url, headers=mine, json={"name": "Fahrzeuge"})).json()
    assert renamed["slug"] == "fahrzeuge"
    moved = await client.get("/groups/innovationskreis-mobilitaet")
    assert moved.headers["location"] == "/groups/fahrzeuge"
    await client.patch(url, headers=mine, json={"admission": "hidden"})
    for slug in ("fahrzeuge", "innovationskreis-mobilitaet"):
        assert (await client.get(f"/groups/{slug}")).status_code == 404
    taken = await client.post("/api/v1/groups", headers=theirs, json=DRAFT | {"name": "Fahrzeuge"})
    assert taken.json()["slug"] == "fahrzeuge"


@pytest.mark.parametrize("extra", ["owner_id", "status", "verified", "charter_version"])
async def test_what_a_draft_does_not_ask_for_is_refused_t31(session, client, extra):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    answer = await client.post("/api/v1/groups", headers=headers, json=DRAFT | {extra: "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{extra}"


async def test_another_charter_gets_the_next_version_and_both_are_kept(session, client):
    owner, member = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner, charter="Alt", charter_html="<p>Alt</p>")
    await a_membership(session, group, member)
    headers = await bearer(session, owner)
    await session.commit()
    answer = await client.patch(
        f"/api/v1/groups/{group.id}", headers=headers, json={"charter": "Neu"}
    )
    assert (answer.json()["charter_version"], answer.json()["charter"]) == (2, "Neu")
    names = set(await session.scalars(select(EventRecord.name)))
    assert names == {"group.edited", "group.charter_changed"}


async def test_who_saw_an_older_version_changes_nothing(session, client):
    owner = await a_person(session)
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    tag = (await client.get(url, headers=headers)).headers["etag"]
    first = await client.patch(url, headers={**headers, "if-match": tag}, json={"summary": "Eins"})
    assert first.status_code == 200
    second = await client.patch(url, headers={**headers, "if-match": tag}, json={"summary": "Zwei"})
    assert second.status_code == 412
    assert (await client.get(url, headers=headers)).json()["summary"] == "Eins"


async def test_only_owners_change_a_group(session, client):
    owner, moderator = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner)
    await a_membership(session, group, moderator, Standing.MODERATOR)
    headers = await bearer(session, moderator)
    browser = await signed_in(session, moderator)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    answer = await client.patch(url, headers=headers, json={"summary": "Meins"})
    assert answer.status_code == 403
    assert (await client.post(f"{url}/archive", headers=headers)).status_code == 403
    assert (await client.get(f"/groups/{group.slug}/edit", headers=browser)).status_code == 403


async def test_the_edit_form_shows_what_is_and_keeps_what_is_not_touched(session, client):
    owner = await a_person(session)
    api, browser = await bearer(session, owner), await signed_in(session, owner)
    await session.commit()
    group = (await client.post("/api/v1/groups", headers=api, json=DRAFT)).json()
    page = await client.get(f"/groups/{group['slug']}/edit", headers=browser)
    assert "44793 Bochum\nHattingen" in page.text
    form = DRAFT | {
        "places": "44793 Bochum\nHattingen",
        "summary": "Neu",
        "version": str(group["version"]),
    }
    answer = await client.post(f"/groups/{group['id']}/edit", headers=browser, data=form)
    assert answer.status_code == 303, answer.text
    changed = (await client.get(f"/api/v1/groups/{group['id']}", headers=api)).json()
    assert changed["summary"] == "Neu"
    assert (changed["charter_version"], changed["places"]) == (1, group["places"])
    stale = await client.post(f"/groups/{group['id']}/edit", headers=browser, data=form)
    assert stale.status_code == 412


async def test_an_archived_group_is_read_only_until_it_is_reopened(session, client):
    owner, newcomer = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner)
    mine, theirs = await bearer(session, owner), await bearer(session, newcomer)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    answer = await client.post(f"{url}/archive", headers=mine)
    assert answer.json()["archived_at"] is not None
    assert "post" not in answer.json()["viewer_can"]
    joined = await client.put(f"{url}/membership", headers=theirs)
    assert (joined.status_code, joined.json()["code"]) == (409, "group_archived")
    assert (await client.get(f"/groups/{group.slug}")).status_code == 200
    await client.post(f"{url}/reopen", headers=mine)
    assert (await client.put(f"{url}/membership", headers=theirs)).status_code == 200


async def test_hiding_an_open_group_hides_it_at_once_t28(session, client):
    owner, reader = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner)
    mine, theirs = await bearer(session, owner), await bearer(session, reader)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    assert (await client.get(url, headers=theirs)).status_code == 200
    await client.patch(url, headers=mine, json={"admission": Admission.HIDDEN})
    assert (await client.get(url, headers=theirs)).status_code == 404
    assert (await client.get(url, headers=mine)).status_code == 200
