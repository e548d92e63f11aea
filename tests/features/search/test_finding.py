"""Finding things, and only those that the reader may see."""

import re

import pytest
from sqlalchemy import text

from app.features.search.finding import MOST
from app.features.search.ranking import NEAREST
from app.models.posts import Audience
from tests.makers import a_person, bearer


@pytest.fixture
async def found(client, work):
    """What the box finds, by title."""

    async def search(q, headers=None, **narrowed):
        await work()
        answer = await client.get(
            "/api/v1/search", params={"q": q, **narrowed}, headers=headers or {}
        )
        assert answer.status_code == 200, answer.text
        return [item["title"] for item in answer.json()["items"]]

    return search


async def publish(client, headers, title, body="Näheres auf Anfrage.", **fields):
    details = fields.pop("details", {"kind": "discussion"})
    draft = {"title": title, "body": body, "details": details, **fields}
    answer = await client.post("/api/v1/posts", json=draft, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def nadine(session):
    headers = await bearer(session, await a_person(session, "Nadine Rauhut"))
    await session.commit()
    return headers


async def test_a_post_is_found_as_soon_as_the_worker_has_seen_it_and_no_longer_when_it_is_gone(
    nadine, client, found
):
    post = await publish(client, nadine, "Unternehmensnachfolge in Witten")
    assert await found("Nachfolge") == ["Unternehmensnachfolge in Witten"]
    change = {"title": "Übergabe in Witten"}
    assert (
        await client.patch(f"/api/v1/posts/{post['id']}", json=change, headers=nadine)
    ).status_code == 200
    assert await found("Nachfolge") == []
    assert await found("uebergabe") == ["Übergabe in Witten"]
    gone = await client.delete(f"/api/v1/posts/{post['id']}", headers=nadine)
    assert gone.status_code in {200, 204}
    answer = await client.get("/api/v1/search", params={"q": "uebergabe"})
    assert answer.json()["items"] == []  # at once, though no job has run


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("Mechatroniker", "Wir bilden Kfz-Mechatroniker/-innen aus"),
        ("Kfz Mechatronikerin", "Wir bilden Kfz-Mechatroniker/-innen aus"),
        ("Automechaniker", "Wir bilden Kfz-Mechatroniker/-innen aus"),
        ("mueller", "Müller sucht Lagerhallen"),
        ("Muller Lagerhalle", "Müller sucht Lagerhallen"),
        ("Halle", "Müller sucht Lagerhallen"),
        ("Strasse gesperrt", "Straße in Herne gesperrt"),
        ("Mechatronicker", "Wir bilden Kfz-Mechatroniker/-innen aus"),
        ("Lagerhale", "Müller sucht Lagerhallen"),
        ('"in Herne gesperrt"', "Straße in Herne gesperrt"),
    ],
)
async def test_german_words_are_found_however_they_are_written(nadine, client, found, q, title):
    for one in (
        "Wir bilden Kfz-Mechatroniker/-innen aus",
        "Müller sucht Lagerhallen",
        "Straße in Herne gesperrt",
    ):
        await publish(client, nadine, one)
    assert await found(q) == [title]


async def test_words_can_be_left_out_and_kept_together(nadine, client, found):
    await publish(client, nadine, "Gelernter Koch gesucht")
    await publish(client, nadine, "Koch gesucht, gelernter Beruf gleich")
    assert len(await found("gelernter koch")) == 2
    assert await found('"gelernter koch"') == ["Gelernter Koch gesucht"]
    assert await found("koch -Beruf") == ["Gelernter Koch gesucht"]


async def test_people_companies_groups_replies_and_places_are_found_with_the_same_box(
    nadine, client, found
):
    async def say(method, path, **body):
        answer = await client.request(method, f"/api/v1{path}", json=body, headers=nadine)
        assert answer.status_code in {200, 201}, answer.text

    site = {"postcode": "45527", "town": "Hattingen"}
    await say("POST", "/companies", name="Zinnober Feinguss GmbH", main_site=site)
    await say("POST", "/groups", name="Runde Zinnober")
    await say("PATCH", "/me", headline="Fragen Sie mich zu Zinnober")
    post = await publish(client, nadine, "Wer hat Erfahrung?")
    await say("POST", f"/posts/{post['id']}/replies", body="Mit Zinnober ja.")
    assert set(await found("Zinnober")) == {
        "Zinnober Feinguss GmbH",
        "Runde Zinnober",
        "Nadine Rauhut",
        "Wer hat Erfahrung?",
    }
    assert await found("Zinnober", thing="person") == ["Nadine Rauhut"]


async def test_nobody_finds_what_they_may_not_see_nor_is_it_counted_or_suggested(
    session, client, work, found
):
    owner = await a_person(session, "Jonas Terhorst")
    member = await bearer(session, owner)
    stranger = await bearer(session, await a_person(session, "Tim Reuter"))
    await session.commit()
    hidden = await client.post(
        "/api/v1/groups", json={"name": "Quarz-Runde", "admission": "hidden"}, headers=member
    )
    assert hidden.status_code == 201, hidden.text
    await publish(client, member, "Quarz-Sand abzugeben", group_id=hidden.json()["id"])
    await publish(client, member, "Quarz-Lampe", audience=Audience.SIGNED_IN)
    await publish(client, member, "Quarz-Uhr")
    expected = {
        "nobody": ({}, {"Quarz-Uhr"}),
        "stranger": (stranger, {"Quarz-Uhr", "Quarz-Lampe"}),
        "member": (member, {"Quarz-Uhr", "Quarz-Lampe", "Quarz-Sand abzugeben", "Quarz-Runde"}),
    }
    for headers, titles in expected.values():
        for q in ("Quarz", "quartz"):
            assert set(await found(q, headers)) == titles
        counts = await client.get("/api/v1/search/facets", params={"q": "Quarz"}, headers=headers)
        assert counts.json()["counts"]["all"] == {"": len(titles)}
        assert sum(counts.json()["counts"]["thing"].values()) == len(titles)
        names = await client.get("/api/v1/search/suggestions", params={"q": "qua"}, headers=headers)
        suggested = {one["text"] for one in names.json()["items"] if one["path"]}
        assert suggested == titles
    inside = {"group": hidden.json()["id"]}
    assert await found("Quarz", stranger, **inside) == []
    assert len(await found("Quarz", member, **inside)) == 2


async def test_a_search_can_be_narrowed_by_thing_kind_place_and_words_about_a_place(
    nadine, client, found
):
    await publish(client, nadine, "Drehen in Herne", place="44649")
    await publish(client, nadine, "Drehen in Lübeck", place="23560")
    assert len(await found("drehen")) == 2
    assert await found("drehen", place="44649", radius_km=10) == ["Drehen in Herne"]
    assert await found("drehen 25 km um 44649 Herne") == ["Drehen in Herne"]
    assert await found("drehen", thing="company") == []
    assert await found("drehen", kind="question") == []


async def test_what_asks_for_nothing_is_refused(client):
    for q in ("", "  ", "-Hotel", "!!!"):
        answer = await client.get("/api/v1/search", params={"q": q})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "nothing_asked"
    alone = await client.get("/api/v1/search", params={"q": "Halle", "radius_km": 5})
    assert alone.json()["errors"][0]["code"] == "radius_without_place"


async def test_hits_are_paged_without_gaps_and_with_as_many_queries_for_many_as_for_few(
    nadine, client, work, queries
):
    counted = []
    for more in (1, 24):
        for number in range(more):
            await publish(client, nadine, f"Palette Nummer {len(counted)}{number:02}")
        await work()
        queries.clear()
        await client.get("/api/v1/search", params={"q": "Palette Nummer", "limit": 10})
        counted.append(len(queries))
    assert counted[1] <= counted[0] <= 4
    titles, cursor = [], {}
    while cursor is not None:
        asked = {"q": "Palette Nummer", "limit": 10, **cursor}
        part = (await client.get("/api/v1/search", params=asked)).json()
        titles += [item["title"] for item in part["items"]]
        cursor = {"cursor": part["next"]} if part["next"] else None
    assert len(titles) == len(set(titles)) == 25


async def test_hits_stand_by_points_and_a_page_of_one_goes_through_all_of_them(
    nadine, client, work
):
    await publish(client, nadine, "Azubi")
    await publish(client, nadine, "Ein Azubi für Witten")
    await publish(client, nadine, "Wer wäre dabei?", tags=["azubi"])
    await publish(client, nadine, "Wer wäre nicht dabei?", "Unser Azubi kommt mit.")
    await publish(client, nadine, "Ein Lehrling für Witten")
    await publish(client, nadine, "Wer weiß es?", "Unser Lehrling fragt.")
    await publish(client, nadine, "Ein Lehrling ohne Wohnung", "Unser Azubi sucht.")
    await work()
    path = "/api/v1/search"
    whole = (await client.get(path, params={"q": "Azubi"})).json()["items"]
    assert [(one["points"], one["title"]) for one in whole] == [
        (15, "Azubi"),
        (7, "Ein Azubi für Witten"),
        (5, "Ein Lehrling ohne Wohnung"),
        (5, "Wer wäre dabei?"),
        (4, "Wer wäre nicht dabei?"),
        (1, "Ein Lehrling für Witten"),
        (0, "Wer weiß es?"),
    ]
    for order in ("best", "newest"):
        asked = {"q": "Azubi", "order": order}
        whole = (await client.get(path, params=asked)).json()["items"]
        titles, cursor = [], {}
        while cursor is not None:
            part = (await client.get(path, params=asked | {"limit": 1} | cursor)).json()
            titles += [one["title"] for one in part["items"]]
            cursor = {"cursor": part["next"]} if part["next"] else None
        assert titles == [one["title"] for one in whole]


async def test_words_that_are_only_spelt_alike_stand_behind_what_means_what_was_asked_for(
    nadine, client, work
):
    await publish(client, nadine, "Wer richtet uns den Laden ein?", "Am liebsten ein Tischler.")
    await publish(client, nadine, "Lastwagen ohne Führerschein")
    await publish(client, nadine, "Wer weiß es?", "Es geht um einen Schein.")
    await work()
    meant = "Wer richtet uns den Laden ein?"
    for q, expected in (
        ("Schreiner", [(0, meant), (-5, "Lastwagen ohne Führerschein"), (-8, "Wer weiß es?")]),
        ("Schreinr", [(-8, meant)]),  # one mistake; the others would have two
    ):
        answer = (await client.get("/api/v1/search", params={"q": q})).json()
        assert answer["is_forgiving"]
        assert [(one["points"], one["title"]) for one in answer["items"]] == expected


async def test_what_stands_in_a_name_is_not_taken_for_misspelt(nadine, client, work):
    for title in ("Tischler gesucht", "Tischlereien im Kreis", "Tische gesucht"):
        await publish(client, nadine, title)
    await work()
    for more in ({}, {"order": "newest"}, {"limit": 1}):
        titles, cursor = [], {}
        while cursor is not None:
            asked = {"q": "Tischler", **more, **cursor}
            part = (await client.get("/api/v1/search", params=asked)).json()
            titles += [one["title"] for one in part["items"]]
            cursor = {"cursor": part["next"]} if part["next"] else None
        assert sorted(titles) == ["Tischler gesucht", "Tischlereien im Kreis"], more
    answer = (await client.get("/api/v1/search", params={"q": "Tischlr"})).json()
    assert "Tischler gesucht" in [one["title"] for one in answer["items"]]


async def test_hits_can_stand_by_distance_and_say_how_far_away_they_are(nadine, client, found):
    for title, place in (("Drehen in Witten", "58452"), ("Drehen in Herne", "44649")):
        await publish(client, nadine, title, place=place)
    await publish(client, nadine, "Drehen irgendwo")
    near = {"place": "58452", "radius_km": 50}
    assert await found("drehen", order="distance", **near) == [
        "Drehen in Witten",
        "Drehen in Herne",
    ]
    near["place"] = "44649"
    assert await found("drehen", order="distance", **near) == [
        "Drehen in Herne",
        "Drehen in Witten",
    ]
    answer = await client.get("/api/v1/search", params={"q": "drehen", **near})
    away = {one["title"]: one["distance_km"] for one in answer.json()["items"]}
    assert away["Drehen in Herne"] == 0
    assert 10 < away["Drehen in Witten"] < 30
    page = await client.get("/search", params={"q": "drehen", "order": "distance", **near})
    far = f"{away['Drehen in Witten']:.1f} km".replace(".", ",")
    assert f'<span class="nb">{far}</span>' in page.text
    asked = {"q": "drehen", "order": "distance", "limit": 1, **near}
    first = (await client.get("/api/v1/search", params=asked)).json()
    rest = await client.get("/api/v1/search", params=asked | {"cursor": first["next"]})
    assert [one["title"] for one in rest.json()["items"]] == ["Drehen in Witten"]
    without = await found("drehen", order="distance")
    assert set(without) == {"Drehen in Witten", "Drehen in Herne", "Drehen irgendwo"}


async def test_hits_are_counted_by_town_and_narrowed_down_to_one(nadine, client, found):
    for title, place in (("Drehen in Herne", "44649"), ("Drehen in Wanne", "44651")):
        await publish(client, nadine, title, place=place)
    await publish(client, nadine, "Drehen in Witten", place="58452")
    await found("drehen")
    counted = (await client.get("/api/v1/search/facets", params={"q": "drehen"})).json()
    assert counted["more"] == []
    assert list(counted["counts"]["place"].values()) == [2, 1]
    herne, _ = counted["counts"]["place"]
    assert set(await found("drehen", area=herne)) == {"Drehen in Herne", "Drehen in Wanne"}
    page = await client.get("/search", params={"q": "drehen"})
    assert f"area={herne}" in page.text
    assert re.search(r">Herne</a> <span class=\"count\">2<", page.text)


_COPIED = """
    WITH copies AS (
        SELECT gen_random_uuid() AS id, p FROM posts p, generate_series(1, :count) WHERE p.id = :id
    ), posted AS (
        INSERT INTO posts SELECT (jsonb_populate_record(p, jsonb_build_object('id', id))).*
        FROM copies
    )
    INSERT INTO search_documents SELECT (jsonb_populate_record(d, jsonb_build_object('id', c.id))).*
    FROM copies c, search_documents d WHERE d.id = :id
"""


async def test_of_very_many_hits_the_newest_of_each_thing_that_one_may_see_are_counted(
    nadine, session, client, work
):
    assert str(MOST) in NEAREST.text
    seen = await publish(client, nadine, "Eine Palette")
    inside = await publish(client, nadine, "Keine Palette", audience=Audience.SIGNED_IN)
    site = {"postcode": "45527", "town": "Hattingen"}
    company = {"name": "Palette GmbH", "main_site": site}
    await client.post("/api/v1/companies", json=company, headers=nadine)
    await work()

    async def copy(post, count):
        await session.execute(text(_COPIED), {"id": post["id"], "count": count})
        await session.commit()

    async def counted(**headers):
        asked = {"q": "Palette"}
        answer = await client.get("/api/v1/search/facets", params=asked, headers=headers)
        page = await client.get("/search", params=asked, headers=headers)
        return answer.json(), f"Mehr als {MOST + 1} Treffer" in " ".join(page.text.split())

    await copy(inside, MOST)
    await copy(seen, MOST - 1)
    answer, says_more = await counted()
    assert answer["more"] == []  # however many there are that one may not see
    assert not says_more
    assert answer["counts"]["thing"] == {"post": MOST, "company": 1}
    await copy(seen, 1)
    answer, says_more = await counted()
    assert answer["more"] == ["post"]
    assert says_more
    assert answer["counts"]["thing"] == {"post": MOST, "company": 1}
    assert answer["counts"]["all"] == {"": MOST + 1}


async def test_lists_can_be_narrowed_by_words_too(session, nadine, client, work):
    site = {"postcode": "45527", "town": "Hattingen"}
    draft = {"name": "Jaspert GmbH", "main_site": site, "summary": "Wir fertigen Zahnräder."}
    await client.post("/api/v1/companies", json=draft, headers=nadine)
    group = {"name": "Ausbildung", "summary": "Von Berufsschulen und Prüfungen."}
    await client.post("/api/v1/groups", json=group, headers=nadine)
    await client.patch("/api/v1/me", json={"about": "Berät zu Patenten."}, headers=nadine)
    await publish(client, nadine, "Unternehmensnachfolge in Witten")
    await publish(client, nadine, "Zwei Fräsen")
    await work()
    for path, q, expected in (
        ("posts", "nachfolge", ["Unternehmensnachfolge in Witten"]),
        ("posts", "nachfolge -witten", []),
        ("companies", "Zahnrad", ["Jaspert GmbH"]),
        ("companies", "Jaspertt", ["Jaspert GmbH"]),
        ("groups", "Prüfung", ["Ausbildung"]),
        ("people", "Patent", ["Nadine Rauhut"]),
    ):
        found = (await client.get(f"/api/v1/{path}", params={"q": q})).json()["items"]
        assert [one.get("title") or one["name"] for one in found] == expected, (path, q)
        page = await client.get(f"/{path}", params={"q": q})
        assert page.status_code == 200
        assert all(name in page.text for name in expected)
