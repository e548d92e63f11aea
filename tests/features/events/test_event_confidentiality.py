"""Nothing of an event leaks by its dates: hidden groups, drafts, the signed-in, online links."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actor import ANONYMOUS, Actor
from app.features.events import policy
from app.features.events.policy import Act, RegistrationAct, RegistrationStanding, Standing
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.models.groups import Admission
from app.models.occurrences import Occurrence, RegistrationState
from tests.makers import a_group, a_person, as_actor, bearer

LINK = "https://video.example/geheim"


async def an_event(session, author, *, capacity=None, has_waiting_list=False, **fields):
    day = (clock.now() + timedelta(days=9)).date()
    details = {
        "kind": "event", "starts_at": f"{day}T18:00", "ends_at": f"{day}T20:00",
        "participation": "registration", "online_link": LINK, "capacity": capacity,
        "has_waiting_list": has_waiting_list,
    }  # fmt: skip
    draft = {"title": "Vertrauliches Treffen", "details": details, **fields}
    post = await publish_post(session, as_actor(author), draft_of("event").model_validate(draft))
    date = await session.scalar(select(Occurrence.id).where(Occurrence.post_id == post.id))
    return post, date


async def told(client, organiser, headers):
    """Whether lists of dates, their counts, months or frames say anything of the event."""
    day = (clock.now() + timedelta(days=9)).date()
    month, asked = f"/events/month/{day:%Y-%m}", f"?organiser={organiser}"
    counts = (await client.get(f"/api/v1/events/facets{asked}", headers=headers)).json()["counts"]
    assert bool(counts["all"][""]) == bool(counts["organiser"]) == bool(counts["event_type"])
    pages = (
        "/events", month, f"/events{asked}", f"{month}{asked}", "/embed/events",
        f"/embed/events{asked}", "/", "/region", "/search?q=Treffen",
    )  # fmt: skip
    for path in pages:  # which nobody reads by a token
        text = (await client.get(path)).text
        assert "Vertraulich" not in text, path
        assert "1 Termin<" not in text, path
    return bool(counts["all"][""])


@pytest.mark.parametrize("where", ["hidden group", "draft", "signed in"])
async def test_dates_are_met_by_those_only_who_may_read_the_event(where, session, client):
    owner, stranger = await a_person(session, "Lena"), await a_person(session, "Fremde")
    fields = {"audience": "signed_in"}
    if where == "hidden group":
        group = await a_group(session, owner, admission=Admission.HIDDEN)
        fields = {"group_id": group.id}
    elif where == "draft":
        fields = {"as_draft": True}
    post, date = await an_event(session, owner, **fields)
    inside, outside = await bearer(session, owner), await bearer(session, stranger)
    await session.commit()
    if where == "signed in":
        outside = {}
    for path in (f"/occurrences/{date}", f"/events/{post.id}/occurrences"):
        assert (await client.get(f"/api/v1{path}", headers=inside)).status_code == 200
        assert (await client.get(f"/api/v1{path}", headers=outside)).status_code == 404
    assert "Vertraulich" not in (await client.get("/api/v1/events", headers=outside)).text
    assert not await told(client, owner.id, outside)
    if where != "draft":
        assert await told(client, owner.id, inside)
    assert (await client.get(f"/occurrences/{date}")).status_code == 404
    guest = {"name": "Paul", "email": "paul@firma.example"}
    answers = [
        await client.post(f"/api/v1/occurrences/{date}/guests", json=guest),
        await client.post(
            f"/api/v1/occurrences/{date}/registrations", json={}, headers=outside or inside
        ),
    ]
    assert answers[0].status_code == 404
    assert answers[1].status_code == (201 if where == "signed in" else 404)


async def test_the_online_link_stands_in_nothing_that_everybody_reads(session, client):
    owner, nadine = await a_person(session, "Lena"), await a_person(session, "Nadine")
    post, date = await an_event(session, owner)
    mine, hers = await bearer(session, owner), await bearer(session, nadine)
    await session.commit()
    month = f"{clock.now() + timedelta(days=9):%Y-%m}"
    ways_out = (
        f"/api/v1/posts/{post.id}", "/api/v1/posts?kind=event", f"/posts/{post.id}", "/posts",
        f"/api/v1/occurrences/{date}", "/api/v1/events", f"/occurrences/{date}",
        f"/posts/{post.id}/dates", "/events", f"/events/month/{month}", "/embed/events",
        "/api/v1/events?free=true", "/api/v1/posts.ics?kind=event", "/api/v1/posts.json",
        "/api/v1/posts.atom", "/api/v1/search?q=Treffen",
    )  # fmt: skip
    for headers, path in product(({}, hers), ways_out):
        answer = await client.get(path, headers={} if path[:4] != "/api" else headers)
        assert answer.status_code == 200, path
        assert LINK not in answer.text, path
    assert LINK in (await client.get(f"/api/v1/posts/{post.id}", headers=mine)).text
    path = f"/api/v1/occurrences/{date}/registrations"
    assert LINK in (await client.post(path, json={}, headers=hers)).text


def test_only_keepers_see_who_comes_and_only_they_decide():
    keeps = Standing(
        is_current=True, keeps=True, may_edit=True, is_banned=False, is_open=True, is_over=False,
        is_admitting=True, is_registered=False,
    )  # fmt: skip
    reads = Standing(
        is_current=True, keeps=False, may_edit=False, is_banned=False, is_open=True, is_over=False,
        is_admitting=True, is_registered=False,
    )  # fmt: skip
    member = Actor(person_id=uuid4())
    assert policy.acts(ANONYMOUS, reads) == policy.acts(member, reads) == {Act.REGISTER}
    assert policy.acts(member, keeps) == set(Act)
    assert policy.acts(member, replace(keeps, is_over=True, is_open=False)) == {
        Act.SEE_REGISTRATIONS,
        Act.CHECK_IN,
    }
    assert Act.CHECK_IN not in policy.acts(member, replace(keeps, is_admitting=False))
    for shut in ("is_banned", "is_registered"):
        assert Act.REGISTER not in policy.acts(member, replace(reads, **{shut: True}))
    reads_only = RegistrationStanding(
        is_mine=False, keeps=False, is_over=False, is_cancelled=False, is_admitting=True
    )
    on_the_day = {RegistrationAct.CHECK_IN, RegistrationAct.UNDO_CHECK_IN}
    certified = {RegistrationAct.CERTIFY}
    for state in RegistrationState:
        by_holder = policy.registration_acts(state, replace(reads_only, is_mine=True))
        by_keeper = policy.registration_acts(state, replace(reads_only, keeps=True))
        assert not by_holder & {RegistrationAct.APPROVE, RegistrationAct.DECLINE, *on_the_day}
        assert not by_keeper & {RegistrationAct.CONFIRM, RegistrationAct.CANCEL}
        assert not policy.registration_acts(state, reads_only)
        for mine, keeper in product((True, False), repeat=2):
            late = replace(reads_only, is_mine=mine, keeps=keeper, is_over=True)
            assert policy.registration_acts(state, late) <= (on_the_day if keeper else set()) | (
                certified if mine or keeper else set()
            )
