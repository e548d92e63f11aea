"""Finding groups, and reading one."""

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.models.groups import Admission, GroupPlace, Standing
from app.models.places import Place
from tests.makers import a_group, a_membership, a_person, bearer, signed_in


async def _names(client, query="", headers=None):
    answer = await client.get(f"/api/v1/groups{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [group["name"] for group in answer.json()["items"]]


async def _place(session, code):
    return await session.scalar(select(Place).where(Place.code == code))


async def test_groups_are_listed_by_name_or_the_newest_first(session, client):
    owner = await a_person(session)
    for name in ("Zoll", "Ausbildung", "Österreich"):
        await a_group(session, owner, name)
    await session.commit()
    assert await _names(client) == ["Ausbildung", "Österreich", "Zoll"]
    newest = await _names(client, "?order=newest")
    assert sorted(newest) == sorted(["Zoll", "Ausbildung", "Österreich"])
    cursor = (await client.get("/api/v1/groups?limit=1")).json()["next"]
    wrong = await client.get(f"/api/v1/groups?order=newest&cursor={cursor}")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_cursor")


async def test_a_list_is_continued_by_its_cursor(session, client):
    owner = await a_person(session)
    for number in range(5):
        await a_group(session, owner, f"Gruppe {number}")
    await session.commit()
    seen, cursor = [], ""
    while cursor is not None:
        part = (await client.get(f"/api/v1/groups?limit=2{cursor}")).json()
        seen += [group["name"] for group in part["items"]]
        cursor = f"&cursor={part['next']}" if part["next"] else None
    assert seen == [f"Gruppe {number}" for number in range(5)]


async def test_a_group_is_found_by_the_beginning_of_a_word_or_with_a_slip(session, client):
    owner = await a_person(session)
    await a_group(session, owner, "Innovationskreis Mobilität")
    await a_group(session, owner, "Ausbildung")
    await session.commit()
    for typed in ("innov", "mobi", "MOBILITAT", "Mobilitaet", "Mobiltät"):
        assert await _names(client, f"?q={typed}") == ["Innovationskreis Mobilität"], typed
    assert await _names(client, "?q=%25") == ["Ausbildung", "Innovationskreis Mobilität"]
    assert await _names(client, "?q=Quark") == []


async def test_groups_are_found_by_topic_and_by_place(session, client):
    owner = await a_person(session)
    training = await a_group(session, owner, "Ausbildung", topics=["apprenticeship"])
    other = await a_group(session, owner, "Zoll", topics=["foreign_trade", "funding"])
    bochum, hattingen = await _place(session, "44793"), await _place(session, "05954016")
    session.add(GroupPlace(group_id=training.id, place_id=bochum.id))
    session.add(GroupPlace(group_id=other.id, place_id=hattingen.id))
    await session.commit()
    assert await _names(client, "?topic=funding") == ["Zoll"]
    assert await _names(client, "?place=Bochum") == ["Ausbildung"]
    assert await _names(client, "?place=44793") == ["Ausbildung"]
    assert await _names(client, "?place=45527") == ["Zoll"]
    assert await _names(client, "?place=Nordrhein-Westfalen") == ["Ausbildung", "Zoll"]
    answer = await client.get("/api/v1/groups?place=Entenhausen")
    assert (answer.status_code, answer.json()["code"]) == (422, "place_unknown")


async def test_my_groups_are_those_i_belong_to(session, client):
    owner, me = await a_person(session), await a_person(session, "Kim Jaspert")
    await a_group(session, owner, "Fremd")
    for name, standing in (("Mein", Standing.MEMBER), ("Gefragt", Standing.REQUESTED)):
        await a_membership(session, await a_group(session, owner, name), me, standing)
    await a_membership(session, await a_group(session, owner, "Bann"), me, Standing.BANNED)
    archived = await a_group(session, owner, "Alt", archived_at=now())
    await a_membership(session, archived, me)
    headers = await bearer(session, me)
    await session.commit()
    assert await _names(client, "?mine=true", headers) == ["Alt", "Gefragt", "Mein"]
    assert "Alt" not in await _names(client, "", headers)
    assert (await client.get("/api/v1/groups?mine=true")).status_code == 401


async def test_hidden_groups_are_listed_for_their_members_only_t29(session, client):
    owner, member, invited, asked = [
        await a_person(session, name) for name in ("Anna", "Berta", "Carla", "Dora")
    ]
    group = await a_group(session, owner, "Geheim", admission=Admission.HIDDEN, topics=["funding"])
    await a_membership(session, group, member)
    await a_membership(session, group, invited, Standing.INVITED)
    await a_membership(session, group, asked, Standing.REQUESTED)
    headers = [await bearer(session, person) for person in (owner, member, invited, asked)]
    await session.commit()
    for query in ("", "?q=Geheim", "?topic=funding", "?order=newest", "?mine=true"):
        found = [await _names(client, query, header) for header in headers]
        assert found == [["Geheim"], ["Geheim"], ["Geheim"], []], query
        if "mine" not in query:
            assert await _names(client, query) == []


@pytest.mark.parametrize("query", ["", "?q=Geheim", "?topic=funding", "?order=newest"])
async def test_a_list_with_a_hidden_group_is_the_same_as_without_t29(session, client, query):
    owner, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    headers = await bearer(session, stranger)
    await session.commit()
    without = await client.get(f"/api/v1/groups{query}", headers=headers)
    await a_group(session, owner, "Geheim", admission=Admission.HIDDEN, topics=["funding"])
    await session.commit()
    with_it = await client.get(f"/api/v1/groups{query}", headers=headers)
    assert with_it.content == without.content
    assert with_it.headers["etag"] == without.headers["etag"]


@pytest.mark.parametrize("signs_in", [False, True])
async def test_a_hidden_group_reads_as_one_that_never_existed_t23(session, client, signs_in):
    owner, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, owner, "Geheim", admission=Admission.HIDDEN)
    api = await bearer(session, stranger) if signs_in else {}
    browser = await signed_in(session, stranger) if signs_in else {}
    await session.commit()
    never = stranger.id  # of no group
    for path in ("", "/members"):
        found = [
            await client.get(f"/api/v1/groups/{key}{path}", headers=api)
            for key in (group.id, never)
        ]
        assert [answer.status_code for answer in found] == [404, 404], path
        texts = [
            answer.text.replace(str(key), "").replace(answer.json()["request_id"], "")
            for answer, key in zip(found, (group.id, never), strict=True)
        ]
        assert texts[0] == texts[1]
    for path in ("", "/members", "/edit", "/join", ".json"):
        found = [
            await client.get(f"/groups/{slug}{path}", headers=browser)
            for slug in (group.slug, "gab-es-nie")
        ]
        assert {answer.status_code for answer in found} <= {404, 303}, path
        assert found[0].status_code == found[1].status_code
        assert "Geheim" not in found[0].text


async def test_a_closed_group_shows_itself_but_not_its_inside(session, client):
    owner = await a_person(session)
    group = await a_group(session, owner, admission=Admission.ON_REQUEST)
    await session.commit()
    shown = (await client.get(f"/api/v1/groups/{group.id}")).json()
    assert (shown["members"], shown["posts"], shown["requests"]) == (1, None, None)
    assert shown["viewer_can"] == ["view"]
    page = await client.get(f"/groups/{group.slug}")
    assert "Die Beiträge dieser Gruppe sehen nur Mitglieder." in page.text


FIELDS = {
    "accepted_charter", "admission", "archived_at", "charter", "charter_html",
    "charter_version", "created_at", "description", "description_html", "founder_name",
    "founder_slug", "id", "members", "name", "places", "posts", "reason", "requests", "slug",
    "standing", "summary", "topics", "version", "viewer_can",
}  # fmt: skip


async def test_a_group_has_these_fields_for_everybody_t30(session, client):
    owner = await a_person(session)
    group = await a_group(session, owner)
    headers = await bearer(session, owner)
    await session.commit()
    url = f"/api/v1/groups/{group.id}"
    for header in ({}, headers):
        assert (await client.get(url, headers=header)).json().keys() == FIELDS
    assert (await client.get(f"{url}?include=members,invitations")).status_code == 422


async def test_a_list_takes_the_same_statements_for_one_group_and_for_thirty(
    session, client, queries
):
    owner = await a_person(session)
    headers, browser = await bearer(session, owner), await signed_in(session, owner)
    counts = []
    for number in range(30):
        await a_group(session, owner, f"Gruppe {number}", topics=["funding"])
        if number in {0, 29}:
            await session.commit()
            queries.clear()
            await client.get("/api/v1/groups?limit=100", headers=headers)
            api = len(queries)
            await client.get("/groups", headers=browser)
            counts.append((api, len(queries) - api))
    assert counts[0] == counts[1]
    assert counts[0] == (2, 3)  # who asks, the list; and what surrounds a page


async def test_the_directory_page_says_what_to_do_where_nothing_is_found(session, client):
    page = await client.get("/groups?q=nichts")
    assert "Keine Gruppe passt zu Ihrer Auswahl." in page.text
    page = await client.get("/groups?place=Entenhausen")
    assert page.status_code == 422
    assert "Diesen Ort kennen wir nicht." in page.text
    page = await client.get("/groups?mine=true")
    assert page.headers["location"].startswith("/sign-in")


async def test_the_directory_page_links_to_each_group(session, client):
    owner = await a_person(session)
    group = await a_group(session, owner, "Import/Export", summary="Zoll und Märkte.")
    await session.commit()
    page = await client.get("/groups")
    assert f'href="/groups/{group.slug}"' in page.text
    assert "Zoll und Märkte." in page.text


async def test_a_group_page_takes_the_same_statements_for_one_member_and_for_thirty(
    session, client, queries
):
    owner = await a_person(session)
    group = await a_group(session, owner)
    headers = await signed_in(session, owner)
    counts = []
    for number in range(30):
        await a_membership(session, group, await a_person(session, f"Mitglied {number}"))
        if number in {0, 29}:
            await session.commit()
            queries.clear()
            assert (await client.get(f"/groups/{group.slug}", headers=headers)).status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[1]


async def test_the_pages_speak_english_too(session, client):
    owner = await a_person(session, locale="en")
    group = await a_group(session, owner, charter="Rules", charter_html="<p>Rules</p>")
    headers = await signed_in(session, owner)
    await session.commit()
    expected = {
        "/groups": "Found a group",
        "/groups/new": "What it is about, in one sentence",
        f"/groups/{group.slug}": "About the group",
        f"/groups/{group.slug}/members": "Members",
        f"/groups/{group.slug}/invitations": "Open invitations",
        "/follows": "Follow a place",
        "/notifications": "There are no notifications yet.",
    }
    for path, text in expected.items():
        page = await client.get(path, headers=headers)
        assert text in page.text, path
        assert "Gruppenordnung" not in page.text, path
