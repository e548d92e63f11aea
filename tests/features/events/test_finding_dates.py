"""Finding dates: the list and the month, their filters, and both fronts saying the same."""

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlencode

import pytest
from sqlalchemy import select

from app.core import clock
from app.features.search.keeping import catch_up
from app.models.groups import Admission
from app.models.places import Place, PlaceKind
from tests.makers import a_company, a_group, a_membership, a_person, bearer, signed_in
from tests.stopping import stopped_at

TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = {
    "title": "Ausbildungssprechtag",
    "body": "Kommen Sie mit allen Fragen rund um Verträge.",
    "place": "Hattingen",
    "tags": ["verträge"],
    "details": {
        "kind": "event", "event_type": "consultation_day", "venue": "Regionalbüro, Raum 2",
        "starts_at": "2026-12-03T14:00", "ends_at": "2026-12-03T17:00",
        "repetition": "monthly_by_weekday", "participation": "slots", "slot_minutes": 90,
    },
}  # fmt: skip
WEBINAR = {
    "title": "Digitale Buchhaltung",
    "details": {
        "kind": "event", "event_type": "online", "starts_at": "2026-12-03T10:00",
        "ends_at": "2026-12-03T11:00", "participation": "registration", "capacity": 1,
        "closes_hours_before": 24, "wz2008_sections": ["M"],
    },
}  # fmt: skip
FAIR = {
    "title": "Baumesse",
    "place": "Bochum",
    "details": {
        "kind": "event", "event_type": "fair", "starts_at": "2026-12-11T09:00",
        "ends_at": "2026-12-14T00:00",
    },
}  # fmt: skip
EXAM = {
    "title": "Anmeldung zur Abschlussprüfung",
    "details": {
        "kind": "event", "event_type": "deadline", "starts_at": "2027-01-15T23:59",
        "occupation": "Zerspanungsmechaniker/in",
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def _stopped():
    with stopped_at(TODAY):
        yield


@pytest.fixture
async def people(session):
    lena, nadine = await a_person(session, "Lena Brandt"), await a_person(session, "Nadine")
    found = {"lena": lena, "nadine": nadine}
    found["chamber"] = await a_company(session, "Kammer", owner=lena)
    found["group"] = await a_group(session, nadine)
    return found


@pytest.fixture
async def events(session, client, people):
    """A consultation day of the chamber, a webinar of a person, a fair in a group, a deadline."""
    lena, nadine = await bearer(session, people["lena"]), await bearer(session, people["nadine"])
    await session.commit()
    drafts = {
        "day": (DAY | {"company_id": str(people["chamber"].id)}, lena),
        "webinar": (WEBINAR, nadine),
        "fair": (FAIR | {"group_id": str(people["group"].id)}, nadine),
        "exam": (EXAM, lena),
    }
    made = {"lena": lena, "nadine": nadine}
    for name, (draft, by) in drafts.items():
        answer = await client.post("/api/v1/posts", json=draft, headers=by)
        assert answer.status_code == 201, answer.text
        made[name] = answer.json()
    return made


async def titles(client, query, headers=None):
    answer = await client.get(f"/api/v1/events?limit=100&{query}", headers=headers or {})
    assert answer.status_code == 200, answer.text
    return {one["title"] for one in answer.json()["items"]}


async def test_every_filter_narrows_the_list_and_the_page_agrees(events, client, people, work):
    await work()  # enters events under their sectors and words
    day, webinar = DAY["title"], WEBINAR["title"]
    fair, exam = FAIR["title"], EXAM["title"]
    everything = {day, webinar, fair, exam}
    wanted = {
        "": everything,
        "place=Hattingen": {day},
        "place=45525&radius_km=5": {day},
        "place=Hattingen&radius_km=25": {day, fair},
        "event_type=fair": {fair},
        "attendance=online": {webinar},
        f"organiser={people['chamber'].id}": {day},
        f"organiser={people['nadine'].id}": {webinar, fair},
        f"group={people['group'].id}": {fair},
        "sector=M": {webinar},
        "occupation=Zerspanungsmechaniker": {exam},
        "tag=vertr%C3%A4ge": {day},
        "q=Buchhaltung": {webinar},
        "since=2026-12-13&until=2026-12-13": {fair},
        "since=2026-12-14&until=2026-12-14": set(),
        "until=2026-12-03T10:00:00Z": {webinar},
        "free=true": {day, webinar, fair},
    }
    for query, found in wanted.items():
        assert await titles(client, query) == found, query
        page = await client.get(f"/events?{query}")
        assert page.status_code == 200, query
        assert {one for one in everything if f">{one}</a>" in page.text} == found, query
        counts = (await client.get(f"/api/v1/events/facets?{query}")).json()["counts"]
        assert bool(counts["all"].get("")) == bool(found), query
        if not {"since", "until", "free"} & set(parse_qs(query)):
            feed = re.search(r'href="(/api/v1/posts\.json\?[^"]*)"', page.text)
            items = (await client.get(unescape(feed[1]))).json()["items"]
            assert {one["title"] for one in items} == found, query


async def test_dates_without_a_place_or_closed_are_left_out_of_the_free_ones(events, client):
    date = (await client.get("/api/v1/events?event_type=online")).json()["items"][0]
    path = f"/api/v1/occurrences/{date['id']}/registrations"
    made = await client.post(path, json={}, headers=events["lena"])
    assert made.json()["state"] == "confirmed"
    first = (await client.get("/api/v1/events?event_type=consultation_day")).json()["items"][0]
    path = f"/api/v1/occurrences/{first['id']}/registrations"
    for who, places in (("nadine", 1), ("lena", 0)):
        free = await client.get("/api/v1/events?free=true&until=2026-12-03")
        assert [one["free"] for one in free.json()["items"]] == [places + 1]
        made = await client.post(path, json={}, headers=events[who])
        assert made.json()["state"] == "confirmed", made.text
    assert await titles(client, "free=true&until=2026-12-03") == set()
    await client.post(f"/api/v1/occurrences/{date['id']}/cancel", headers=events["nadine"])
    assert await titles(client, "until=2026-12-03&event_type=online") == {WEBINAR["title"]}
    with clock.set_to(datetime(2026, 12, 2, 10, tzinfo=UTC)):
        assert WEBINAR["title"] not in await titles(client, "free=true")


async def test_facets_count_dates_and_name_who_holds_them(events, client, people, work):
    await work()
    answer = await client.get("/api/v1/events/facets?until=2027-02-28")
    counts = answer.json()["counts"]
    assert counts["all"] == {"": 6}
    assert counts["event_type"] == {"consultation_day": 3, "online": 1, "fair": 1, "deadline": 1}
    assert counts["organiser"] == {
        str(people["chamber"].id): 3,
        str(people["nadine"].id): 2,
        str(people["lena"].id): 1,
    }
    assert counts["group"] == {str(people["group"].id): 1}
    assert counts["sector"] == {"M": 1}
    page = (await client.get("/events?until=2027-02-28")).text
    offered = re.findall(r'<option value="([^"]+)">(\1 \(\d\))</option>', page)
    assert offered == [
        (name, f"{name} ({number})")
        for name, number in (("Kammer", 3), ("Lena Brandt", 1), ("Nadine", 2), ("Ausbildung", 1))
    ]


async def test_organisers_and_groups_are_said_by_name_and_only_by_those_who_may_know_them(
    events, client, session, people
):
    chamber, nadine, group = (people[name] for name in ("chamber", "nadine", "group"))
    hidden = await a_group(session, nadine, "Runde im Stillen", admission=Admission.HIDDEN)
    double = await a_company(session, "Nadine", owner=nadine)
    await session.commit()
    day, fair = DAY["title"], FAIR["title"]
    for said in (str(chamber.id), chamber.slug, "Kammer", " kammer "):
        assert await titles(client, urlencode({"organiser": said})) == {day}, said
        page = (await client.get("/events", params={"organiser": said})).text
        assert 'name="organiser" value="Kammer"' in page, said
    for said in (str(group.id), group.slug, group.name):
        assert await titles(client, urlencode({"group": said})) == {fair}, said
        feed = (await client.get("/events", params={"group": said})).text
        assert f"/api/v1/posts.ics?kind=event&amp;group={group.id}" in feed
    assert await titles(client, f"organiser={nadine.slug}") == {WEBINAR["title"], fair}
    several = await client.get("/api/v1/events?organiser=Nadine")
    [wrong] = several.json()["errors"]
    assert wrong["code"] == "organiser_ambiguous"
    assert nadine.slug in wrong["detail"]
    assert double.slug in wrong["detail"]
    for query in ("organiser=Niemand", "group=Niemand", f"group={hidden.slug}"):
        answer = await client.get(f"/api/v1/events?{query}")
        assert answer.status_code == 422, query
        page = await client.get(f"/events?{query}")
        assert page.status_code == 422
        assert "dieses Namens kennen wir nicht" in page.text
    mine = await client.get(f"/api/v1/events?group={hidden.slug}", headers=events["nadine"])
    assert mine.json()["items"] == []


async def test_a_month_shows_each_day_its_dates_and_its_holiday(events, client):
    page = await client.get("/events/month/2026-12")
    assert page.status_code == 200
    assert 'content="noindex"' in page.text
    cells = dict(
        re.findall(r'<time datetime="(2026-12-\d\d)">(.*?)</td>', page.text, flags=re.DOTALL)
    )
    assert len(cells) == 31
    held = {day for day, cell in cells.items() if "</a>" in cell}
    assert held == {"2026-12-03", "2026-12-11", "2026-12-12", "2026-12-13"}
    third = cells["2026-12-03"]
    assert third.index(WEBINAR["title"]) < third.index(DAY["title"])
    assert "läuft" in cells["2026-12-12"]
    assert "Weihnachtstag" in cells["2026-12-25"]
    head = re.search(r"<thead>.*?</thead>", page.text, re.DOTALL)[0]
    assert re.findall(r'<th scope="col">(\w\w)</th>', head) == [
        "Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"
    ]  # fmt: skip
    assert re.findall(r"Kalenderwoche </span>(\d+)", page.text) == ["49", "50", "51", "52", "53"]
    assert "/events/month/2027-01" in page.text
    narrowed = await client.get("/events/month/2026-12?event_type=fair")
    assert FAIR["title"] in narrowed.text
    assert f">{DAY['title']}<" not in narrowed.text
    assert "/events/month/2027-01?event_type=fair" in narrowed.text
    assert f"/posts/{events['exam']['id']}" in (await client.get("/events/month/2027-01")).text
    for wrong in ("2026-13", "1990-01", "2031-01", "heute", "2026-1"):
        assert (await client.get(f"/events/month/{wrong}")).status_code == 404
    gone = await client.get("/events/month?event_type=fair")
    assert gone.headers["location"] == "/events/month/2026-11?event_type=fair"


async def test_a_full_day_of_a_month_leads_to_the_rest(events, client):
    for number in range(4):
        draft = WEBINAR | {"title": f"Runde {number}"}
        await client.post("/api/v1/posts", json=draft, headers=events["nadine"])
    page = (await client.get("/events/month/2026-12?attendance=online")).text
    assert page.count(">Runde ") == 3
    assert "/events?attendance=online&amp;since=2026-12-03&amp;until=2026-12-03" in page
    assert "1 weiterer" in page


async def test_lists_ask_a_constant_number_of_queries_and_go_on(events, client, queries):
    asked = []
    for path in ("/events", "/events?until=2026-12-03", "/events/month/2026-12", "/events?free=1"):
        before = len(queries)
        assert (await client.get(path)).status_code == 200
        asked.append(len(queries) - before)
    assert asked[0] == asked[1] == asked[2] == asked[3]
    seen, cursor = [], ""
    while cursor is not None:
        part = (await client.get(f"/api/v1/events?limit=5{cursor}")).json()
        seen += [(one["starts_at"], one["id"]) for one in part["items"]]
        cursor = part["next"] and f"&cursor={part['next']}"
    assert seen == sorted(set(seen))
    assert len(seen) > 20
    wrong = await client.get("/events?place=Nirgendwo")
    assert wrong.status_code == 422
    assert "Diesen Ort kennen wir nicht" in wrong.text


async def test_who_named_a_place_is_led_to_what_is_near(events, client, session, people):
    towns = select(Place.id).where(Place.name == "Hattingen", Place.kind == PlaceKind.MUNICIPALITY)
    people["lena"].place_id = await session.scalar(towns)
    cookies = await signed_in(session, people["lena"])
    await session.commit()
    page = await client.get("/events?event_type=fair", headers=cookies)
    near = "/events?event_type=fair&amp;place=Hattingen&amp;radius_km=25"
    assert near in page.text
    assert "In meiner Nähe" not in (await client.get("/events")).text


async def test_pages_of_places_groups_and_organisers_show_their_next_dates(
    events, client, people, work
):
    await work()
    day, webinar, fair, exam = (one["title"] for one in (DAY, WEBINAR, FAIR, EXAM))
    shown = {
        "/": {webinar, day, fair},
        "/region": {webinar, day, fair},
        "/places/05954016": {day},
        "/sectors/2008:M": {webinar},
        f"/groups/{people['group'].slug}": {fair},
        f"/companies/{people['chamber'].slug}": {day},
        f"/people/{people['nadine'].slug}": {webinar, fair},
        f"/people/{people['lena'].slug}": {exam},
    }
    for path, wanted in shown.items():
        page = (await client.get(path)).text
        agenda = "".join(re.findall(r'<ul class="agenda">.*?</ul>', page, re.DOTALL))
        assert {one for one in (day, webinar, fair, exam) if one in agenda} == wanted, path
        href = re.search(r'id="dates">.*?href="(/events[^"]*)"', page, re.DOTALL)[1]
        listed = (await client.get(href.replace("&amp;", "&"))).text
        assert {one for one in wanted if one in listed} == wanted, path


async def test_hits_for_events_say_when_the_next_date_is(events, client, session, work):
    await work()
    await catch_up(session)
    asked = {"Sprechtag": DAY, "Verträge": DAY, "Baumesse Bochum": FAIR}
    for words, wanted in asked.items():
        answer = await client.get("/api/v1/search", params={"q": words, "kind": "event"})
        hit = next(one for one in answer.json()["items"] if one["title"] == wanted["title"])
        starts = datetime.fromisoformat(wanted["details"]["starts_at"] + "+01:00")
        assert datetime.fromisoformat(hit["next_at"]) == starts
    assert (
        "Nächster Termin: Do., 3. Dezember 2026, 14:00"
        in (await client.get("/search?q=Sprechtag")).text
    )


async def test_who_hears_of_an_event_hears_when_it_is(client, session, people, work):
    await a_membership(session, people["group"], people["lena"])
    lena, nadine = await bearer(session, people["lena"]), await bearer(session, people["nadine"])
    await session.commit()
    kept = {"label": "Messen", "frequency": "at_once", "filters": {"kind": "event"}}
    await client.post("/api/v1/searches", json=kept, headers=lena)
    fair = FAIR | {"group_id": str(people["group"].id)}
    await client.post("/api/v1/posts", json=fair, headers=nadine)
    await work()
    told = (await client.get("/api/v1/notifications", headers=lena)).json()["items"]
    assert len(told) == 2
    assert all("„Baumesse (11.12.2026, 09:00)“" in one["text"] for one in told)


async def test_dates_stand_in_frames_in_the_order_of_days(events, client):
    frame = await client.get("/embed/events?until=2026-12-12")
    assert frame.status_code == 200
    assert "set-cookie" not in frame.headers
    assert "<script" not in frame.text
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    order = [frame.text.index(one["title"]) for one in (WEBINAR, DAY, FAIR)]
    assert order == sorted(order)
    asked = await client.get("/oembed?url=http://testserver/events%3Fplace%3DHattingen")
    assert "/embed/events?place=Hattingen" in asked.json()["html"]
    assert (
        await client.get("/oembed?url=http://testserver/events%3Fplace%3DXx")
    ).status_code == 404
    chosen = await client.get("/embed/dates?event_type=fair")
    assert "/embed/events?event_type=fair" in chosen.text
