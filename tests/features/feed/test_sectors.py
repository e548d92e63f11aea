"""Posts, groups and contact persons of a sector, and what no sector may tell."""

import re
from html import unescape

from sqlalchemy import select

from app.features.companies.contacts import ContactDraft, add_contact
from app.features.feed.filing import file_post
from app.models.companies import CompanySector
from app.models.groups import Admission
from app.models.searches import SearchHit
from tests.features.feed.test_reading import BAKERY
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_person, as_actor, bearer, signed_in


async def of_sector(session, company, section, division, year=2008):
    session.add(
        CompanySector(
            company_id=company.id, classification=year, code=division, section=section,
            division=division,
        )
    )  # fmt: skip
    await session.flush()
    return company


async def published(session, author, kind="question", **fields):
    post = await a_post(session, author, kind, **fields)
    await file_post(session, post.id)
    await session.commit()
    return post


async def found(client, path, headers=None):
    answer = await client.get(path, headers=headers or {})
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()["items"]


async def ids_of(client, query, headers=None):
    return {one["id"] for one in await found(client, f"/api/v1/posts?{query}", headers)}


async def test_a_list_is_narrowed_to_the_sector_of_companies_and_to_what_posts_name_themselves(
    session, client
):
    lena = await a_person(session, "Lena Oberste")
    smith = await of_sector(session, await a_company(session, owner=lena), "C", "25")
    old = await of_sector(session, await a_company(session, owner=lena), "K", "62", 2025)
    made = await published(session, lena, company_id=smith.id)
    code = await published(session, lena, company_id=old.id)
    own = await published(session, lena)
    named = await published(session, lena, "succession_offer", details=BAKERY, company_id=smith.id)

    assert await ids_of(client, "sector=C") == {str(made.id), str(named.id)}
    assert await ids_of(client, "sector=2008:25") == {str(made.id)}
    assert await ids_of(client, "sector=10") == {str(named.id)}
    assert await ids_of(client, "sector=2025:62") == {str(code.id)}
    for narrowed in ("kind=question&", "order=soonest&", "order=nearest&place=44649&", "q=Wer&"):
        assert str(own.id) not in await ids_of(client, f"{narrowed}sector=C")
    assert await ids_of(client, "sector=C&order=soonest") == {str(made.id), str(named.id)}
    assert await ids_of(client, "sector=C&kind=question") == {str(made.id)}
    first = (await client.get("/api/v1/posts?sector=C&limit=1")).json()
    rest = await ids_of(client, f"sector=C&limit=1&cursor={first['next']}")
    assert rest | {first["items"][0]["id"]} == {str(made.id), str(named.id)}
    feed = (await client.get("/api/v1/posts.json?sector=25")).json()
    assert len(feed["items"]) == 1
    assert str(made.id) in feed["items"][0]["url"]
    for path in ("/posts?sector=25", "/embed/posts?sector=25", "/sectors/2008:25"):
        page = (await client.get(path)).text
        assert f"/posts/{made.id}" in page, path
        assert f"/posts/{own.id}" not in page, path
    assert "Herstellung von Metallerzeugnissen</option>" in (
        await client.get("/posts?sector=25")
    ).text, "a division stays chosen although only sections are offered"  # fmt: skip
    assert (await client.get("/api/v1/posts?sector=c")).status_code == 422


async def test_no_concealed_post_is_found_through_the_sector_of_who_is_behind_it_t37(
    session, client
):
    lena, kim = await a_person(session, "Lena Oberste"), await a_person(session, "Kim Jaspert")
    trader = await of_sector(session, await a_company(session, owner=lena), "G", "47")
    post = await published(session, lena, "succession_offer", details=BAKERY, company_id=trader.id)
    headers = await bearer(session, kim)
    await session.commit()
    for who in (None, headers):
        assert await ids_of(client, "sector=C", who) == {str(post.id)}, "it says so itself"
        for sector in ("G", "47", "2008:47"):
            for front in ("posts?", "posts?kind=succession_offer&", "posts.json?"):
                said = await found(client, f"/api/v1/{front}sector={sector}", who)
                assert said == [], (front, sector)
        counts = await client.get(
            "/api/v1/posts/facets?kind=succession_offer&sector=G", headers=who or {}
        )
        assert {
            value for counted in counts.json()["counts"].values() for value in counted.values()
        } == {0}
    for path in ("/sectors/2008:47", "/posts?sector=47", "/embed/posts?sector=47"):
        assert str(post.id) not in (await client.get(path)).text, path


async def test_a_kept_search_for_a_sector_finds_a_post_before_it_is_filed_anywhere(
    session, client, work
):
    lena, kim = await a_person(session, "Lena Oberste"), await a_person(session, "Kim Jaspert")
    smith = await of_sector(session, await a_company(session, owner=lena), "C", "25")
    reader, author = await bearer(session, kim), await bearer(session, lena)
    await session.commit()
    searches = []
    for sector in ("C", "25", "G"):
        kept = {"label": sector, "filters": {"sector": sector}}
        answer = await client.post("/api/v1/searches", json=kept, headers=reader)
        assert answer.status_code == 201, answer.text
        searches.append(answer.json()["id"])
    body = {"title": "Frage", "body": "Wer?", "details": {"kind": "question"}}
    body |= {"company_id": str(smith.id)}
    assert (await client.post("/api/v1/posts", json=body, headers=author)).status_code == 201
    await work()
    hit = {str(one) for one in await session.scalars(select(SearchHit.search_id))}
    assert hit == set(searches[:2])
    page = await client.get("/searches", headers=await signed_in(session, kim))
    assert "Branche: Verarbeitendes Gewerbe" in page.text


async def test_posts_follow_their_company_into_another_sector(session, client, work):
    lena = await a_person(session, "Lena Oberste")
    smith = await of_sector(session, await a_company(session, owner=lena), "C", "25")
    post = await published(session, lena, company_id=smith.id)
    headers = await bearer(session, lena) | {"if-match": '"1"'}
    await session.commit()
    answer = await client.patch(
        f"/api/v1/companies/{smith.id}", json={"sectors": ["2008:47"]}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    await work()
    assert await ids_of(client, "sector=C") == set()
    assert await ids_of(client, "sector=G") == {str(post.id)}


async def test_a_sector_has_the_groups_in_which_readers_may_read_posts_of_it(session, client):
    lena, kim = await a_person(session, "Lena Oberste"), await a_person(session, "Kim Jaspert")
    smith = await of_sector(session, await a_company(session, owner=lena), "C", "25")
    groups = [
        await a_group(session, lena, name, admission=admission)
        for name, admission in (
            ("Werkstatt", Admission.OPEN),
            ("Ausbildung", Admission.OPEN),
            ("Runde", Admission.ON_REQUEST),
            ("Geheim", Admission.HIDDEN),
            ("Leer", Admission.OPEN),
        )
    ]
    for group in groups[:4]:
        await published(session, lena, company_id=smith.id, group_id=group.id)
    await published(session, lena, group_id=groups[4].id)
    who = {None: None, "kim": await bearer(session, kim), "lena": await bearer(session, lena)}
    await session.commit()
    seen = {
        name: [one["name"] for one in await found(client, "/api/v1/sectors/2008:C/groups", headers)]
        for name, headers in who.items()
    }
    assert seen == {
        None: ["Ausbildung", "Werkstatt"],
        "kim": ["Ausbildung", "Werkstatt"],
        "lena": ["Geheim", "Runde", "Ausbildung", "Werkstatt"],
    }
    assert await found(client, "/api/v1/sectors/2008:47/groups") == []
    assert (await client.get("/api/v1/sectors/2008:25.62/groups")).status_code == 404
    page = (await client.get("/sectors/2008:C")).text.partition("<aside")[2]
    assert re.findall(r'href="/groups/([\w-]+)"', page) == [groups[1].slug, groups[0].slug]


async def test_the_directory_of_groups_is_narrowed_to_those_where_readers_see_a_sector_talk(
    session, client
):
    lena, kim = await a_person(session, "Lena Oberste"), await a_person(session, "Kim Jaspert")
    smith = await of_sector(session, await a_company(session, owner=lena), "C", "25")
    for name, admission, company in (
        ("Werkstatt", Admission.OPEN, smith.id),
        ("Ausbildung", Admission.OPEN, smith.id),
        ("Runde", Admission.ON_REQUEST, smith.id),  # seen by all, read by its members
        ("Geheim", Admission.HIDDEN, smith.id),
        ("Leer", Admission.OPEN, None),
    ):
        group = await a_group(session, lena, name, admission=admission)
        await published(session, lena, company_id=company, group_id=group.id)
    member, other = await bearer(session, lena), await bearer(session, kim)
    await session.commit()

    async def names(query, headers=None):
        return [one["name"] for one in await found(client, f"/api/v1/groups?{query}", headers)]

    for sector in ("C", "25", "2008:25"):
        assert await names(f"sector={sector}") == ["Ausbildung", "Werkstatt"]
    assert await names("sector=C", other) == ["Ausbildung", "Werkstatt"]
    assert await names("sector=C", member) == ["Ausbildung", "Geheim", "Runde", "Werkstatt"]
    assert await names("sector=C&order=newest&q=werk") == ["Werkstatt"]
    assert await names("sector=47") == []
    assert (await client.get("/api/v1/groups?sector=Metall")).status_code == 422
    page = (await client.get("/groups?q=&topic=&sector=C&place=&order=name")).text
    assert re.findall(r'href="/groups/[\w-]+">(\w+)</a>', page) == ["Ausbildung", "Werkstatt"]
    assert '<option value="" selected>alle</option>' in page, "the topic"
    feed = re.search(r'href="(/api/v1/groups\.json\?[^"]*)"', page)[1]
    items = (await client.get(unescape(feed))).json()["items"]
    assert {one["title"] for one in items} == {"Ausbildung", "Werkstatt"}


async def test_contact_persons_are_found_by_sector_and_stand_on_its_page_by_topic(session, client):
    lena, kim = await a_person(session, "Lena Oberste"), await a_person(session, "Kim Jaspert")
    smith = await of_sector(session, await a_company(session, "Schmiede", owner=lena), "C", "25")
    trader = await of_sector(session, await a_company(session, "Handel", owner=kim), "G", "47")
    for person, company, topic in (
        (lena, smith, "apprenticeship"), (lena, smith, "sites"), (kim, trader, "apprenticeship"),
    ):  # fmt: skip
        draft = ContactDraft(person_id=person.id, topic=topic)
        await add_contact(session, as_actor(person), company.id, draft)
    await session.commit()
    for sector in ("C", "25", "2008:25"):
        people = await found(client, f"/api/v1/contacts?topic=apprenticeship&sector={sector}")
        assert [one["name"] for one in people] == ["Lena Oberste"], sector
    assert await found(client, "/api/v1/contacts?sector=2025:C") == []
    assert len(await found(client, "/api/v1/contacts?place=44649")) == 3
    empty = await client.get("/contacts?topic=&place=&sector=25")  # as the form sends it
    assert "Schmiede" in empty.text
    page = (await client.get("/sectors/2008:25")).text
    assert page.count("Lena Oberste</a>, Schmiede") == 2
    assert "Handel" not in page
    assert 'href="/contacts?sector=25"' in page
    assert "Schmiede" in (await client.get("/contacts?sector=25&topic=apprenticeship")).text
