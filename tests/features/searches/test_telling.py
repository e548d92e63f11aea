"""When people are told of what was found, in how many mails, and how they stop it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.db import transaction
from app.features.notifications.unsubscribing import (
    Kind,
    MailingList,
    list_of,
    stop_key,
    unsubscribe,
)
from app.features.searches.due import announce_digests, last_morning
from app.features.searches.saving import SearchPatch, change_search
from app.models.accounts import Account
from app.models.notifications import Notification
from app.models.posts import Post, PostStatus
from app.models.searches import Frequency, SavedSearch, SearchHit
from tests.features.searches.conftest import HALL
from tests.makers import as_actor, bearer, signed_in


@pytest.fixture
def digests(session, runtime, work):
    """Let a week pass over everything found so far, and announce what is due."""

    async def passed():
        await session.execute(
            update(SearchHit).values(found_at=SearchHit.found_at - timedelta(days=8))
        )
        await session.commit()
        async with transaction(runtime.sessions) as tx:
            await announce_digests(tx)
        await work()

    return passed


@pytest.mark.parametrize(
    ("now", "frequency", "morning"),
    [
        # In Berlin it is one hour later than UTC in winter, two hours in summer.
        ("2026-12-01T05:00", "daily", "2026-12-01T05:00"),
        ("2026-12-01T04:59", "daily", "2026-11-30T05:00"),
        ("2026-07-01T04:00", "daily", "2026-07-01T04:00"),
        ("2026-07-01T03:59", "daily", "2026-06-30T04:00"),
        # The clock is put forward on 28 March 2027 and back on 31 October 2027.
        ("2027-03-28T04:00", "daily", "2027-03-28T04:00"),
        ("2027-03-28T03:59", "daily", "2027-03-27T05:00"),
        ("2027-10-31T05:00", "daily", "2027-10-31T05:00"),
        ("2027-10-31T04:30", "daily", "2027-10-30T04:00"),
        ("2027-03-29T04:00", "weekly", "2027-03-29T04:00"),
        ("2027-03-29T03:59", "weekly", "2027-03-22T05:00"),
        ("2027-11-01T04:59", "weekly", "2027-10-25T04:00"),
        ("2027-11-01T05:00", "weekly", "2027-11-01T05:00"),
        ("2027-11-07T22:00", "weekly", "2027-11-01T05:00"),
    ],
)
def test_mornings_are_at_six_local_time_also_when_the_clock_changes(now, frequency, morning):
    found = last_morning(datetime.fromisoformat(now).replace(tzinfo=UTC), Frequency(frequency))
    assert found == datetime.fromisoformat(morning).replace(tzinfo=UTC)


async def test_what_is_told_at_once_is_told_in_the_inbox_and_by_one_mail_for_all_searches(
    session, publish, keep, outbox, kim, lena
):
    await session.commit()
    await keep(kim, "Halle nah", kind="space_offer", place="44649", radius_km=25)
    await keep(kim, "Halle hoch", kind="space_offer", clear_height_from_m=6)
    post = await publish(lena)
    [(to, mail)] = outbox.outbox
    account = await session.get(Account, kim.account_id)
    assert to == account.email
    text = mail.get_body(("plain",)).get_content()
    for said in ("Halle nah", "Halle hoch", "km von 44649 Herne", f"/posts/{post.id}"):
        assert said in text, said
    told = list(await session.scalars(select(Notification)))
    assert [(one.person_id, one.type) for one in told] == [(kim.id, "search.found_several")]


async def test_a_digest_is_one_mail_and_says_nothing_where_nothing_is_new(
    session, publish, keep, digests, outbox, kim, lena
):
    await session.commit()
    await keep(kim, "Halle", "daily", kind="space_offer")
    await keep(kim, "Hattingen", "daily", place="Hattingen")
    await keep(kim, "Herne", "daily", place="Herne")
    post = await publish(lena)
    assert outbox.outbox == []
    await digests()
    [(_, mail)] = outbox.outbox
    text = mail.get_body(("plain",)).get_content()
    assert text.count(f"/posts/{post.id}") == 2
    assert "Herne" not in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    await digests()
    assert len(outbox.outbox) == 1


async def test_the_digest_waits_for_its_morning(session, runtime, publish, keep, work, outbox, kim, lena):  # fmt: skip  # noqa: E501
    await session.commit()
    await keep(kim, "Halle", "daily", kind="space_offer")
    await publish(lena)
    async with transaction(runtime.sessions) as tx:
        await announce_digests(tx)
    await work()
    assert outbox.outbox == []  # found after the last morning


async def test_weekly_searches_are_not_in_the_daily_digest(
    session, publish, keep, outbox, runtime, work, kim, lena
):
    await session.commit()
    await keep(kim, "Täglich", "daily", kind="space_offer")
    await keep(kim, "Wöchentlich", "weekly", kind="space_offer")
    await publish(lena)
    monday = last_morning(clock.now(), Frequency.WEEKLY)
    await session.execute(update(SearchHit).values(found_at=monday - timedelta(minutes=1)))
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await announce_digests(tx)
    await work()
    assert len(outbox.outbox) == 2
    texts = [mail.get_body(("plain",)).get_content() for _, mail in outbox.outbox]
    assert sum("Wöchentlich" in text for text in texts) == 1
    assert not any("Wöchentlich" in text and "Täglich" in text for text in texts)


async def test_a_search_that_is_never_told_of_still_has_its_hits(
    session, runtime, publish, keep, digests, outbox, kim, lena
):
    await session.commit()
    search = await keep(kim, "Halle", "never", kind="space_offer")
    await publish(lena)
    await digests()
    assert outbox.outbox == []
    async with transaction(runtime.sessions) as tx:
        patch = SearchPatch(frequency=Frequency.DAILY)
        await change_search(tx, as_actor(kim), search.id, patch)
    await digests()
    assert outbox.outbox == []
    hits = await session.scalars(select(SearchHit.search_id))
    assert list(hits) == [search.id]


async def test_what_may_not_be_seen_any_more_is_not_told(
    session, publish, keep, digests, outbox, kim, lena
):
    await session.commit()
    await keep(kim, "Halle", "daily", kind="space_offer")
    post = await publish(lena)
    gone = update(Post).where(Post.id == post.id)
    await session.execute(gone.values(status=PostStatus.WITHDRAWN))
    await digests()
    assert outbox.outbox == []


async def test_whoever_left_is_told_nothing(session, publish, keep, outbox, kim, lena):
    await session.commit()
    await keep(kim)
    await session.execute(
        update(Account).where(Account.id == kim.account_id).values(closed_at=clock.now())
    )
    await session.commit()
    await publish(lena)
    assert outbox.outbox == []


async def test_one_click_stops_the_mails_of_exactly_that_list_and_looking_stops_nothing_t85(
    session, client, publish, keep, outbox, kim, lena
):
    await session.commit()
    search = await keep(kim, "Halle", kind="space_offer")
    other = await keep(kim, "Angebote", kind="offer")
    await publish(lena)
    [(_, mail)] = outbox.outbox
    link = re.search(r"<http://testserver(/\S+)>", mail["List-Unsubscribe"])[1]
    shown = await client.get(link)
    assert shown.status_code == 200
    assert "E-Mails abbestellen" in shown.text

    async def frequencies():
        rows = await session.execute(select(SavedSearch.id, SavedSearch.frequency))
        return {row.id: row.frequency for row in rows}

    assert await frequencies() == {search.id: "at_once", other.id: "at_once"}
    for _ in range(2):  # a mail program without cookies, twice
        stopped = await client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert stopped.status_code == 200
        assert "location" not in stopped.headers
        assert "set-cookie" not in stopped.headers
    assert await frequencies() == {search.id: "never", other.id: "at_once"}
    await publish(lena, title="Noch eine Halle")
    assert len(outbox.outbox) == 1
    key = link.partition("key=")[2]
    for headers in ({"authorization": f"Bearer {key}"}, {"cookie": f"sid={key}"}):
        assert (await client.get("/api/v1/searches", headers=headers)).status_code == 401


async def test_the_key_of_a_digest_stops_all_searches_with_its_frequency(
    session, runtime, publish, keep, kim, lena
):
    await session.commit()
    daily = [await keep(kim, f"Halle {n}", "daily", kind="space_offer") for n in range(2)]
    theirs = await keep(lena, "Halle", "daily", kind="space_offer")
    weekly = await keep(kim, "Woche", "weekly", kind="space_offer")
    about = list_of(stop_key(MailingList(kim.id, Kind.SEARCHES, Frequency.DAILY)))
    async with transaction(runtime.sessions) as tx:
        await unsubscribe(tx, about)
    rows = await session.execute(select(SavedSearch.id, SavedSearch.frequency))
    left = {search_id for search_id, frequency in rows if frequency != Frequency.NEVER}
    assert left == {theirs.id, weekly.id}
    assert not left & {one.id for one in daily}


async def test_a_key_that_was_made_up_stops_nothing(client):
    for key in ("", "x", "WyJhIiwiYiJd.x.y"):
        for answer in (
            await client.get(f"/unsubscribe?key={key}"),
            await client.post(f"/unsubscribe?key={key}"),
        ):
            assert answer.status_code == 410


async def test_searches_are_kept_read_changed_and_deleted_through_the_api(
    session, client, work, kim, lena
):
    mine, theirs = await bearer(session, kim), await bearer(session, lena)
    await session.commit()
    filters = {"kind": "space_offer", "place": "44649", "radius_km": 15.0, "object_type": "hall"}
    draft = {"label": "Halle", "frequency": "daily", "filters": filters}
    assert (await client.post("/api/v1/searches", json=draft)).status_code == 401
    made = await client.post("/api/v1/searches", json=draft, headers=mine)
    assert made.status_code == 201, made.json()
    assert made.json()["filters"] == filters
    path = made.headers["location"]
    for method in ("get", "delete"):
        assert (await getattr(client, method)(path, headers=theirs)).status_code == 404
    tag = (await client.get(path, headers=mine)).headers["etag"]
    changed = await client.patch(
        path, json={"filters": {**filters, "radius_km": 20.0}}, headers={**mine, "if-match": tag}
    )
    assert changed.json()["filters"]["radius_km"] == 20
    stale = await client.patch(path, json={"label": "x"}, headers={**mine, "if-match": tag})
    assert stale.status_code == 412
    post = {"title": "Halle am Kanal", "place": "45525", "details": HALL}
    published = await client.post("/api/v1/posts", json=post, headers=theirs)
    await work()
    [hit] = (await client.get(f"{path}/hits", headers=mine)).json()["items"]
    assert hit["post"]["id"] == published.json()["id"]
    assert hit["reasons"][0] == "Gewerbefläche"
    assert hit["reasons"][1].endswith(" km von 44649 Herne")
    listed = (await client.get("/api/v1/searches", headers=mine)).json()["items"]
    assert [(one["label"], one["hits"]) for one in listed] == [("Halle", 1)]
    assert (await client.delete(path, headers=mine)).status_code == 204
    assert (await client.get(path, headers=mine)).status_code == 404


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        ({}, "/filters"),
        ({"order": "soonest"}, "/filters"),
        ({"object_type": "hall"}, "/filters/object_type"),
        ({"radius_km": 5}, "/filters/place"),
        ({"place": "Nirgendwoland"}, None),
        ({"kind": "unknown"}, "/filters/kind"),
    ],
)
async def test_filters_that_no_list_would_take_are_refused(session, client, kim, filters, pointer):
    mine = await bearer(session, kim)
    await session.commit()
    draft = {"label": "Halle", "frequency": "daily", "filters": filters}
    refused = await client.post("/api/v1/searches", json=draft, headers=mine)
    assert refused.status_code == 422
    if pointer:
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_nobody_keeps_more_than_fifty_searches(session, client, kim):
    mine = await bearer(session, kim)
    for number in range(50):
        session.add(
            SavedSearch(
                person_id=kim.id, label=str(number), frequency=Frequency.NEVER, query={}, wanted={}
            )
        )
    await session.commit()
    draft = {"label": "Halle", "filters": {"kind": "space_offer"}}
    refused = await client.post("/api/v1/searches", json=draft, headers=mine)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_searches")


async def test_a_list_is_kept_as_a_search_changed_and_deleted_by_the_pages(
    session, client, publish, kim, lena
):
    reader = await signed_in(session, kim)
    await session.commit()
    listed = await client.get("/posts?kind=space_offer&area_from_m2=700", headers=reader)
    assert "Als Suchauftrag speichern" in listed.text
    assert "Als Suchauftrag speichern" not in (await client.get("/posts", headers=reader)).text
    asked = await client.get("/searches/new?kind=space_offer&area_from_m2=700", headers=reader)
    assert 'value="700"' in asked.text
    assert "Palettenart" not in asked.text
    form = {
        "label": "Große Halle",
        "frequency": "at_once",
        "filters.kind": "space_offer",
        "filters.area_from_m2": "700",
    }
    saved = await client.post("/searches", data=form, headers=reader)
    assert saved.status_code == 303
    page = (await client.get("/searches", headers=reader)).text
    assert "Große Halle" in page
    assert "Fläche ab (m²): 700" in page
    search = await session.scalar(select(SavedSearch))
    assert search.wanted == {"facet_area_from_m2": 700.0}
    wrong = {**form, "filters.radius_km": "5", "version": str(search.version)}
    refused = await client.post(f"/searches/{search.id}/edit", data=wrong, headers=reader)
    assert refused.status_code == 422
    assert "Zu einem Umkreis gehört ein Ort." in refused.text
    assert "Objektart" in refused.text
    right = {**wrong, "filters.place": "44649", "filters.radius_km": "20"}
    changed = await client.post(f"/searches/{search.id}/edit", data=right, headers=reader)
    assert changed.status_code == 303
    await publish(lena)
    hits = (await client.get(f"/searches/{search.id}", headers=reader)).text
    assert "Halle am Kanal" in hits
    assert "km von 44649 Herne" in hits
    theirs = await signed_in(session, lena)
    await session.commit()
    for path in ("", "/edit"):
        assert (await client.get(f"/searches/{search.id}{path}", headers=theirs)).status_code == 404
    deleted = await client.post(f"/searches/{search.id}/delete", headers=reader)
    assert deleted.status_code == 303
    assert await session.scalar(select(SavedSearch)) is None
