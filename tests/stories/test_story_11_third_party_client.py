"""Story 11: a TMS keeps 200 loads here by its own ids, as far as this reaches (no webhooks yet)."""

from copy import deepcopy
from datetime import timedelta
from html import unescape

import feedparser
import icalendar
from sqlalchemy import func, select

from app.core import clock
from app.features.posts.drafts import KINDS
from app.models.posts import Post
from tests.makers import a_company, a_person, bearer

BULK = "/api/v1/posts/bulk"
TOWN = {"Origin": "https://stadt.example"}


def a_load(number, **details):
    day = (clock.now() + timedelta(days=7)).date()
    return {
        "external_id": f"TMS-{number}",
        "details": {
            "kind": "freight_request",
            "origin": "44793 Bochum",
            "destination": "23560 Lübeck",
            "loads_from": f"{day}T07:00",
            "loads_until": f"{day}T12:00",
            "unloads_until": f"{day + timedelta(days=1)}T16:00",
            "goods": f"Ladung {number}",
            "packages": [
                {
                    "count": 4,
                    "packing": "epal",
                    "length_m": 1.2,
                    "width_m": 0.8,
                    "height_m": 1.5,
                    "weight_kg": 300,
                }
            ],
            **details,
        },
    }


async def a_dispatcher(session):
    owner = await a_person(session, "Dilek Aksoy")
    company = await a_company(session, "Brandhoff Transporte GmbH", owner=owner)
    headers = await bearer(session, owner)
    await session.commit()
    return company, headers


async def test_two_hundred_loads_go_in_once_and_a_replay_makes_no_second(session, client):
    company, headers = await a_dispatcher(session)
    items = [a_load(number) | {"company_id": str(company.id)} for number in range(200)]
    key = headers | {"Idempotency-Key": "2027-01-14T06:00"}
    first = await client.post(BULK, json={"items": items}, headers=key)
    assert first.json()["counts"]["created"] == 200, first.json()["results"][0]
    replayed = await client.post(BULK, json={"items": items}, headers=key)
    assert replayed.content == first.content
    again = await client.post(BULK, json={"items": items[:20]}, headers=headers)
    assert again.json()["counts"]["unchanged"] == 20
    assert await session.scalar(select(func.count(Post.id))) == 200


async def test_a_load_that_no_lorry_holds_is_refused_in_both_languages_with_its_field(
    session, client
):
    _, headers = await a_dispatcher(session)
    wrong = a_load(1, loading_metres=17)
    for language, words in (("de", "höchstens"), ("en", "at most")):
        asked = headers | {"Accept-Language": language}
        answer = await client.post("/api/v1/posts", json=wrong, headers=asked)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        (error,) = answer.json()["errors"]
        assert error["pointer"].endswith("/loading_metres")
        assert words in error["detail"]


async def test_a_stale_change_is_refused_and_lists_are_read_page_by_page(session, client):
    _, headers = await a_dispatcher(session)
    items = [a_load(number) for number in range(7)]
    await client.post(BULK, json={"items": items}, headers=headers)
    path = "/api/v1/posts/by-external-id/TMS-3"
    read = await client.get(path, headers=headers)
    post = f"/api/v1/posts/{read.json()['id']}"
    tag = headers | {"If-Match": read.headers["etag"]}
    changed = await client.patch(post, json={"title": "Eilt: Ladung 3"}, headers=tag)
    assert changed.status_code == 200
    stale = await client.patch(post, json={"title": "Eilt nicht"}, headers=tag)
    assert stale.status_code == 412
    found, cursor = [], ""
    while cursor is not None:
        query = f"kind=freight_request&place=44793&radius_km=50&limit=3{cursor}"
        listed = (await client.get(f"/api/v1/posts?{query}")).json()
        assert len(listed["items"]) <= 3
        found += [one["id"] for one in listed["items"]]
        cursor = f"&cursor={listed['next']}" if listed["next"] else None
    assert len(found) == len(set(found)) == 7
    since = (clock.now() + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    later = await client.get(f"/api/v1/posts?kind=freight_request&since={since}")
    assert later.json()["items"] == []


async def test_a_client_changes_only_what_it_may_and_reads_without_a_key(session, client):
    company, headers = await a_dispatcher(session)
    stranger = await bearer(session, await a_person(session), "posts:read")
    await session.commit()
    foreign = deepcopy(a_load(1)) | {"company_id": str(company.id)}
    refused = await client.post(BULK, json={"items": [foreign]}, headers=stranger)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    await client.post(BULK, json={"items": [foreign]}, headers=headers)
    for path in ("/api/v1/posts?kind=freight_request", "/api/v1/posts.atom?kind=freight_request"):
        answer = await client.get(path, headers=TOWN)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Lübeck" in answer.text


async def test_a_town_shows_training_places_in_three_forms_and_a_frame_without_a_key(
    session, client
):
    company, headers = await a_dispatcher(session)
    start = {"starts_on": f"{clock.now().year + 1}-08-01", "starts_at_once": False}
    details = KINDS["apprenticeship"].example.model_dump(mode="json") | start
    draft = {"details": details, "company_id": str(company.id), "place": "45527"}
    made = await client.post("/api/v1/posts", json=draft, headers=headers)
    assert made.status_code == 201, made.text
    post = made.json()
    listed = "kind=apprenticeship&place=Hattingen&radius_km=10"
    read = await client.get(f"/api/v1/posts.json?{listed}", headers=TOWN)
    (item,) = read.json()["items"]
    assert (item["title"], item["url"]) == (post["title"], f"http://testserver/posts/{post['id']}")
    atom = await client.get(f"/api/v1/posts.atom?{listed}", headers=TOWN)
    assert [one.title for one in feedparser.parse(atom.content).entries] == [post["title"]]
    calendar = await client.get(f"/api/v1/posts.ics?{listed}", headers=TOWN)
    events = icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")
    days = {str(event["summary"]): event["dtstart"].dt.isoformat() for event in events}
    assert days[f"Beginn: {post['title']}"] == details["starts_on"]
    for answer in (read, atom, calendar):
        assert answer.headers["access-control-allow-origin"] == "*"
        known = TOWN | {"If-None-Match": answer.headers["etag"]}
        again = await client.get(str(answer.request.url), headers=known)
        assert again.status_code == 304
    frame = await client.get(f"/embed/posts?{listed}", headers=TOWN)
    assert post["title"] in unescape(frame.text)
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
