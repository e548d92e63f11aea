"""Who hears of events and when: feeds of what one follows, digests, and what is counted of them."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.core import clock
from app.core.db import transaction
from app.features.appearances.noting import notebook
from app.features.posts.ending import expire_posts
from app.features.searches.due import announce_digests
from app.features.statistics.counting import count_everything
from app.models.searches import SearchHit
from app.models.statistics import Surface
from tests.makers import a_group, a_membership, signed_in

TWICE = {
    "event_type": "meeting", "participation": "open", "slot_minutes": None, "questions": [],
    "recurrence_rule": "FREQ=WEEKLY;COUNT=3", "starts_at": "2026-12-03T18:00",
    "ends_at": "2026-12-03T20:00", "online_link": None, "wz2008_sections": ["M"],
}  # fmt: skip
FIRST, SECOND = "3. Dezember 2026, 18:00", "10. Dezember 2026, 18:00"


@pytest.fixture
async def meeting(publish, work):
    made, dates = await publish(**TWICE)
    await work()
    return made, dates


async def test_who_follows_a_company_place_sector_or_kind_meets_an_event_with_its_next_date(
    meeting, call, client, people, session
):
    made, dates = meeting
    page = await signed_in(session, people["Nadine"])
    await session.commit()
    followed = {
        "company": str(people["chamber"].id), "place": "Hattingen", "sector": "2008:M",
        "kind": "event",
    }  # fmt: skip
    for target, key in followed.items():
        made_follow = await call(
            "POST", "/follows", "Nadine", 201, json={"target": target, "key": key}
        )
        feed = (await call("GET", "/feed", "Nadine"))["items"]
        assert [one["id"] for one in feed] == [made["id"]], target
        await call("DELETE", f"/follows/{made_follow['id']}", "Nadine", 204)
        assert (await call("GET", "/feed", "Nadine"))["items"] == [], target
    await call("POST", "/follows", "Nadine", 201, json={"target": "kind", "key": "event"})
    assert FIRST in (await client.get("/feed", headers=page)).text
    await call("POST", f"/occurrences/{dates[0]['id']}/cancel", "Lena")
    text = (await client.get("/feed", headers=page)).text
    assert SECOND in text
    assert FIRST not in text
    await call("POST", f"/occurrences/{dates[0]['id']}/restore", "Lena")
    assert FIRST in (await client.get("/feed", headers=page)).text


async def test_members_of_a_group_and_followers_of_it_hear_of_its_events_and_nobody_else(
    call, people, session, work
):
    group = await a_group(session, people["Lena"])
    await a_membership(session, group, people["Nadine"])
    await session.commit()
    for name in ("Nadine", "Ole"):
        follow = {"target": "group", "key": str(group.id)}
        await call("POST", "/follows", name, 201, json=follow)
    details = {"kind": "event", **{name: value for name, value in TWICE.items() if value}}
    draft = {"title": "Abend der Gruppe", "details": details, "group_id": str(group.id)}
    made = await call("POST", "/posts", "Lena", 201, json=draft)
    await work()
    for name, heard in (("Nadine", [made["id"]]), ("Ole", [made["id"]]), ("Fremde", [])):
        feed = (await call("GET", "/feed", name))["items"]
        assert [one["id"] for one in feed] == heard, name
    told = (await call("GET", "/notifications", "Nadine"))["items"]
    assert "„Abend der Gruppe (03.12.2026, 18:00)“" in told[0]["text"]
    assert (await call("GET", "/notifications", "Fremde"))["items"] == []


async def test_a_weekly_digest_names_the_date_that_is_next_when_it_is_written(
    call, publish, session, runtime, work, outbox
):
    kept = {"label": "Treffen", "frequency": "weekly", "filters": {"kind": "event"}}
    await call("POST", "/searches", "Nadine", 201, json=kept)
    _, dates = await publish(**TWICE)
    await work()
    later = {"starts_at": "2026-12-11T17:00"}
    await call("POST", f"/occurrences/{dates[0]['id']}/cancel", "Lena")
    await call("POST", f"/occurrences/{dates[1]['id']}/move", "Lena", json=later)
    await session.execute(update(SearchHit).values(found_at=SearchHit.found_at - timedelta(days=8)))
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await announce_digests(tx)
    await work()
    [(_, mail)] = outbox.outbox
    text = mail.get_body(("plain",)).get_content()
    assert "Ausbildungssprechtag Hattingen (11.12.2026, 17:00)" in text.replace("\n", " ")
    assert "03.12.2026" not in text
    seen = {(surface, who) for _, surface, who in notebook().noted}
    assert not seen & {(Surface.DIGEST, "person")}


async def test_dates_that_are_listed_count_as_shown_once_each_but_not_to_who_keeps_them(
    meeting, client, call, people, session
):
    keeps = await signed_in(session, people["Lena"])
    await session.commit()
    shown = {
        "/events?until=2026-12-31": 3,
        "/events/month/2026-12": 3,
        "/api/v1/events?until=2026-12-05": 1,
        "/posts?kind=event": 1,
    }
    for path, times in shown.items():
        for headers, counted in (({}, times), (keeps, 0)):
            if headers and path.startswith("/api"):
                continue
            notebook().taken()
            assert (await client.get(path, headers=headers)).status_code == 200
            noted = notebook().taken()
            mine = sum(
                number
                for (_, surface, who), number in noted.items()
                if who == people["chamber"].id and surface == Surface.LIST
            )
            assert mine == counted, (path, counted)


async def test_events_count_among_the_posts_of_their_place_until_their_last_date_is_over(
    publish, client, session
):
    for _ in range(5):
        await publish(**TWICE)
    later = clock.now() + timedelta(days=30)
    for moment, open_now in ((clock.now(), 5), (later, "under_5")):
        with clock.set_to(moment):
            await expire_posts(session)
            await count_everything(session)
            await session.commit()
            figures = (await client.get("/api/v1/places/05954016/statistics")).json()["figures"]
        told = {(one["measure"], one["item"]): one["withheld"] or one["value"] for one in figures}
        assert told["posts_by_kind", "event"] == 5
        assert told["open_posts_by_kind", "event"] == open_now
