"""Lists as feeds, read with readers that are not ours: feedparser and icalendar."""

import json
from datetime import timedelta

import feedparser
import icalendar
import jsonschema_rs
import pytest

from app.core import clock
from app.features.posts.drafts import KINDS
from tests.features.posts.arranging import a_post
from tests.features.posts.test_life import an_offer
from tests.makers import a_company, a_group, a_person, bearer, signed_in

LISTS = ("posts", "groups", "companies")
# What https://jsonfeed.org/version/1.1 requires, and the types of what we say besides.
TEXT, ADDRESS = {"type": "string", "minLength": 1}, {"type": "string", "pattern": "^https?://."}
AUTHORS = {
    "type": "array",
    "items": {"type": "object", "properties": {"name": TEXT, "url": ADDRESS}, "minProperties": 1},
}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_text"]}, {"required": ["content_html"]}],
    "properties": {
        "id": TEXT,
        "url": ADDRESS,
        "title": TEXT,
        "content_text": TEXT,
        "date_published": MOMENT,
        "date_modified": MOMENT,
        "authors": AUTHORS,
        "tags": {"type": "array", "items": TEXT},
        "language": TEXT,
    },
    "additionalProperties": False,
}
JSON_FEED = jsonschema_rs.validator_for(
    {
        "type": "object",
        "required": ["version", "title", "items"],
        "properties": {
            "version": {"const": "https://jsonfeed.org/version/1.1"},
            "title": TEXT,
            "home_page_url": ADDRESS,
            "feed_url": ADDRESS,
            "language": TEXT,
            "authors": AUTHORS,
            "items": {"type": "array", "items": ITEM},
        },
        "additionalProperties": False,
    }
)


async def asked(client, address, **options):
    answer = await client.get(f"/api/v1/{address}", **options)
    assert answer.status_code == 200, answer.text
    return answer


async def atom(client, address, **options):
    answer = await asked(client, address, **options)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    assert found.feed.id
    assert found.feed.title
    assert found.feed.updated_parsed
    return found


async def json_feed(client, address):
    answer = await asked(client, address)
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    found = answer.json()
    JSON_FEED.validate(found)
    return found


async def events(client, address):
    answer = await asked(client, address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    found = icalendar.Calendar.from_ical(answer.content)
    assert found["version"] == "2.0"
    assert found["prodid"]
    assert found.walk("VTIMEZONE")
    assert not found.errors
    for event in found.walk("VEVENT"):
        assert event["uid"]
        assert event["dtstamp"].dt.tzinfo is not None
        assert not event.errors
    return {str(event["uid"]): event for event in found.walk("VEVENT")}


async def test_a_list_of_posts_is_a_feed_in_each_form(session, client):
    author = await a_person(session)
    post = await an_offer(session, author, title="Säge & <Fräse>", tags=["metall"])
    await a_post(session, author)
    await session.commit()
    filters = "kind=offer&category=tools&place=&order=newest"
    read = await atom(client, f"posts.atom?{filters}")
    (entry,) = read.entries
    assert entry.id == f"urn:uuid:{post.id}"
    assert entry.title == "Säge & <Fräse>"
    assert entry.link.endswith(f"/posts/{post.id}")
    assert entry.author == author.name
    assert {tag.term for tag in entry.tags} == {"offer", "metall"}
    assert "Kategorie: Werkzeuge" in entry.summary
    links = {link.rel: link.href for link in read.feed.links}
    assert links["self"].endswith(f"/api/v1/posts.atom?{filters}")
    assert links["alternate"].endswith(f"/posts?{filters}")
    assert len((await atom(client, "posts.atom")).entries) == 2
    found = await json_feed(client, f"posts.json?{filters}")
    (item,) = found["items"]
    assert item["id"] == entry.id
    assert item["title"] == "Säge & <Fräse>"
    assert item["url"] == entry.link
    assert found["home_page_url"] == links["alternate"]
    assert await events(client, f"posts.ics?{filters}") == {}  # a saw names no day


async def test_directories_are_feeds_newest_first(session, client):
    person = await a_person(session)
    for name in ("Zahnrad GmbH", "Amboss GmbH"):
        await a_company(session, name, owner=person, summary="Aus Stahl")
        await a_group(session, person, name.split()[0], summary="Über Stahl")
    await a_group(session, person, "Geheim", admission="hidden")
    await session.commit()
    for name, titles in (
        ("companies", ["Amboss GmbH", "Zahnrad GmbH"]),
        ("groups", ["Amboss", "Zahnrad"]),
    ):
        read = await atom(client, f"{name}.atom")
        assert [entry.title for entry in read.entries] == titles
        assert all(f"/{name}/" in entry.link for entry in read.entries)
        found = await json_feed(client, f"{name}.json")
        assert [item["title"] for item in found["items"]] == titles
        one = await json_feed(client, f"{name}.json?q=Zahnrad")
        assert len(one["items"]) == 1
        assert (await client.get(f"/api/v1/{name}.ics")).status_code == 422


async def test_feeds_follow_every_filter_of_the_list(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    group = await a_group(session, author)
    await a_post(session, author, company_id=company.id, title="Für die Firma")
    await a_post(session, author, group_id=group.id, title="In der Gruppe", tags=["holz"])
    await a_post(session, author, place="45527", title="Am Ort")
    await session.commit()
    for query, title in (
        (f"company={company.id}", "Für die Firma"),
        (f"group={group.id}", "In der Gruppe"),
        ("tag=holz", "In der Gruppe"),
        ("place=45527", "Am Ort"),
        ("place=Hattingen&radius_km=5", "Am Ort"),
    ):
        found = await json_feed(client, f"posts.json?{query}")
        assert [item["title"] for item in found["items"]] == [title], query
    for named, query in ((company, "company"), (group, "group")):
        found = await json_feed(client, f"posts.json?{query}={named.id}")
        assert named.name in found["title"]


async def test_calendars_have_the_days_that_posts_name(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    headers = await bearer(session, author)
    await session.commit()
    ids, last_day = {}, clock.now().date() + timedelta(days=40)
    change = {"grant": {"deadline": last_day.isoformat()}}
    for kind in ("freight_capacity", "freight_request", "course", "grant", "space_offer"):
        details = KINDS[kind].example.model_dump(mode="json") | change.get(kind, {})
        draft = {"title": "Termin; mit, Komma\\", "details": details, "audience": "public"}
        draft |= {"company_id": str(company.id), "body": "Straße " * 40}
        made = await client.post("/api/v1/posts", json=draft, headers=headers)
        assert made.status_code == 201, made.text
        ids[kind] = made.json()["id"]
    found = await events(client, "posts.ics")
    known = {kind: KINDS[kind].example for kind in ids}
    loads = known["freight_request"]
    loading = found[f"{ids['freight_request']}-loading@testserver"]
    assert loading["dtstart"].dt.replace(tzinfo=None) == loads.loads_from
    assert loading["dtstart"].dt.utcoffset() == timedelta(hours=1)  # winter in Berlin
    assert loading["dtend"].dt.replace(tzinfo=None) == loads.loads_until
    assert f"{ids['freight_request']}-unloading@testserver" in found
    departs = known["freight_capacity"].departs_from
    assert f"{ids['freight_capacity']}-departure-{departs:%Y%m%d}@testserver" in found
    for day in known["course"].dates:
        event = found[f"{ids['course']}-course-{day:%Y%m%d}@testserver"]
        assert event["dtstart"].dt == day
        assert event["dtend"].dt == day + timedelta(days=1)
    deadline = found[f"{ids['grant']}-deadline@testserver"]
    assert deadline["dtstart"].dt == last_day
    assert str(deadline["summary"]).startswith("Antragsfrist: ")
    assert f"{ids['space_offer']}-available@testserver" in found
    assert str(deadline["url"]).endswith(f"/posts/{ids['grant']}")
    assert "Straße Straße" in str(deadline["description"])
    assert set(await events(client, "posts.ics?kind=grant")) == {str(deadline["uid"])}


async def test_an_event_keeps_its_uid_when_its_day_moves(session, client):
    author = await a_person(session)
    headers = await bearer(session, author)
    await session.commit()
    first = clock.now().date() + timedelta(days=40)
    example = KINDS["grant"].example.model_dump(mode="json")
    draft = {"title": "Aufruf", "details": example | {"deadline": first.isoformat()}}
    post = (await client.post("/api/v1/posts", json=draft, headers=headers)).json()
    before = await events(client, "posts.ics")
    later = example | {"deadline": (first + timedelta(days=7)).isoformat()}
    path = f"/api/v1/posts/{post['id']}"
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        changed = await client.patch(path, json={"details": later}, headers=headers)
    assert changed.status_code == 200, changed.text
    after = await events(client, "posts.ics")
    ((uid, event),) = after.items()
    assert set(before) == {uid}
    assert event["dtstart"].dt == first + timedelta(days=7)
    assert event["dtstamp"].dt > before[uid]["dtstamp"].dt


def test_what_is_repeated_is_there_each_time():
    kind = KINDS["freight_capacity"]
    first = kind.example.departs_from.date()
    last = first + timedelta(days=14)
    weekly = {"recurrence": "weekly", "repeats_until": last}
    trip = kind.details.model_validate(kind.example.model_dump() | weekly)
    found = list(kind.occasions(trip))
    assert [(one.starts.date() - first).days for one in found] == [0, 7, 14]
    assert len({one.key for one in found}) == 3
    assert {one.ends - one.starts for one in found} == {trip.departs_until - trip.departs_from}


async def test_a_feed_holds_what_everybody_may_read_whoever_asks(session, client):
    author = await a_person(session)
    group = await a_group(session, author, "Verborgen", admission="hidden")
    closed = await a_group(session, author, "Geschlossen", admission="on_request")
    for where in (group, closed):
        await a_post(session, author, group_id=where.id)
    await an_offer(session, author, audience="signed_in")
    await an_offer(session, author, as_draft=True)
    await a_company(session, "Quader GmbH", state="stub")
    await session.commit()
    for headers in ({}, await signed_in(session, author), await bearer(session, author)):
        await session.commit()
        for form in ("atom", "json", "ics"):
            for query in ("", f"?author={author.id}", f"?group={group.id}", f"?group={closed.id}"):
                answer = await asked(client, f"posts.{form}{query}", headers=headers)
                said = answer.text.replace(query, "")
                assert not [one for one in (author.name, "Verborgen", "urn:uuid") if one in said]
        groups = (await asked(client, "groups.json", headers=headers)).json()
        assert [one["title"] for one in groups["items"]] == ["Geschlossen"]
        assert (await asked(client, "companies.json", headers=headers)).json()["items"] == []


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
async def test_feeds_are_for_pages_of_any_origin_kept_a_while_and_sent_once(session, client, form):
    post = await a_post(session, await a_person(session))
    await session.commit()
    answer = await asked(client, f"posts.{form}", headers={"origin": "https://stadt.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    known = {"if-none-match": answer.headers["etag"]}
    assert (await client.get(f"/api/v1/posts.{form}", headers=known)).status_code == 304
    again = await asked(client, f"posts.{form}")
    assert again.content == answer.content
    post.title = "Anders"
    await session.commit()
    changed = (await client.get(f"/api/v1/posts.{form}", headers=known)).status_code
    assert changed == (304 if form == "ics" else 200)  # the calendar says nothing of this post


async def test_feeds_of_one_and_of_many_ask_the_same_of_the_database(session, client, queries):
    author = await a_person(session)
    counts = set()
    for many in (1, 12):
        for _ in range(many):
            await an_offer(session, author)
        await session.commit()
        queries.clear()
        for form in ("atom", "json", "ics"):
            await asked(client, f"posts.{form}?kind=offer")
        counts.add(len(queries))
    assert counts == {3}


async def test_pages_name_their_feeds_to_readers_and_to_programs(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    group, closed = (
        await a_group(session, author),
        await a_group(session, author, "Zu", admission="on_request"),
    )
    await a_post(session, author, company_id=company.id)
    await a_post(session, author, group_id=group.id)
    await session.commit()
    for page, feeds in (
        ("/posts?kind=offer&place=", ["posts.atom?kind=offer", "posts.ics?kind=offer"]),
        ("/groups?q=Aus", ["groups.atom?q=Aus", "groups.json?q=Aus"]),
        ("/companies?sector=C", ["companies.atom?sector=C", "companies.json?sector=C"]),
        (f"/groups/{group.slug}", [f"posts.json?group={group.id}"]),
        (f"/companies/{company.slug}", [f"posts.json?company={company.id}"]),
        ("/", ["posts.atom", "posts.json", "posts.ics"]),
    ):
        said = (await client.get(page)).text
        for feed in feeds:
            assert f'href="/api/v1/{feed}">' in said, (page, feed)  # in the head
            assert f'<a href="/api/v1/{feed}" type="' in said or page == "/", (page, feed)
            await asked(client, feed)
    assert "/api/v1/posts." not in (await client.get(f"/groups/{closed.slug}")).text


async def test_a_filter_that_means_nothing_is_refused(client):
    for wrong in ("posts.atom?kind=unicorns", "posts.json?radius_km=5", "posts.rss", "people.atom"):
        answer = await client.get(f"/api/v1/{wrong}")
        assert answer.status_code in {404, 422}, wrong
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_checks_of_feeds_can_fail(client):
    found = await json_feed(client, "posts.json")
    for wrong in ({"version": "1"}, {"items": [{"id": ""}]}, {"next": 1}):
        assert not JSON_FEED.is_valid(json.loads(json.dumps(found | wrong)))
    assert feedparser.parse(b"<feed><entry></feed>").bozo
