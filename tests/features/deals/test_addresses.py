"""Exact addresses of a transport: for who keeps it and an accepted partner, and for nobody else.

The sweep asks every GET route as everybody else, and reads all mails, events, jobs, kept answers
and log lines: no address stands in any of them (T37–T43 hold for these, too).
"""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.core import clock
from app.core.db import transaction
from app.features.deals import addresses
from app.main import every_route
from app.models.accounts import Account
from app.models.companies import Staff, StaffRole
from app.models.deals import StopAddresses
from app.models.events import EventRecord
from app.models.idempotency import KeptAnswer
from app.models.notifications import Notification
from app.models.posts import Post, PostStatus
from tests.features.freight.arranging import CAPACITY, REQUEST, with_points
from tests.makers import a_company, a_person, bearer, signed_in

LORRY = {"loading_site": "Zinkhof Depot", "loading_street": "Zinkweg 7", "loading_phone": "0234 77"}
LOAD = {
    "loading_site": "Quarzwerk Tor 3",
    "loading_street": "Quarzweg 8",
    "loading_contact": "Frau Quarzmann",
    "unloading_street": "Opalkai 9",
    "unloading_phone": "0451 9898",
}
SECRETS = ("Zinkhof", "Zinkweg", "Quarzwerk", "Quarzweg", "Quarzmann", "Opalkai", "0451 9898")


@dataclass
class World:
    """A lorry and a load with addresses, an inquiry that offers one for the other, and readers."""

    lorry: str
    load: str
    inquiry: str
    viewers: dict[str, tuple[dict[str, str], dict[str, str]]]
    call: Any

    async def move(self, state, by="Dilek"):
        return await self.call("PUT", f"/inquiries/{self.inquiry}/state", by, {"state": state})


@pytest.fixture
async def world(session, client, work):
    await with_points(session)
    names = ("Dilek", "Kim", "Other", "Stranger", "Operator", "Colleague")
    people = {name: await a_person(session, name) for name in names}
    firm = await a_company(session, "Brandhoff Transporte GmbH", owner=people["Dilek"])
    builders = await a_company(session, "Jaspert Maschinenbau GmbH", owner=people["Kim"])
    session.add(
        Staff(company_id=builders.id, person_id=people["Colleague"].id, role=StaffRole.EDITOR)
    )
    await session.execute(
        update(Account).where(Account.id == people["Operator"].account_id).values(is_operator=True)
    )
    viewers = {
        name: (await bearer(session, one), await signed_in(session, one))
        for name, one in people.items()
    } | {"Nobody": ({}, {})}
    await session.commit()

    async def call(method, path, by, body=None, status=200):
        answer = await client.request(method, f"/api/v1{path}", headers=viewers[by][0], json=body)
        assert answer.status_code == status, answer.text
        await work()
        return answer.json() if answer.content else None

    posted = []
    for by, company, details in (("Dilek", firm, CAPACITY), ("Kim", builders, REQUEST)):
        body = {"details": details, "company_id": str(company.id)}
        posted.append((await call("POST", "/posts", by, body, 201))["id"])
    lorry, load = posted
    await call("PUT", f"/posts/{lorry}/addresses", "Dilek", LORRY)
    await call("PUT", f"/posts/{load}/addresses", "Kim", LOAD)
    change = {"body": "Mit Begleitpapieren."}
    await call("PATCH", f"/posts/{load}", "Kim", change)
    asking = {"text": "Passt das?", "offered_post_id": load, "company_id": str(builders.id)}
    asked = await call("POST", f"/posts/{lorry}/inquiries", "Kim", asking, 201)
    await call("POST", f"/posts/{lorry}/inquiries", "Other", {"text": "Noch Platz?"}, 201)
    return World(lorry, load, asked["id"], viewers, call)


async def test_both_sides_see_both_addresses_while_the_inquiry_is_accepted(world, client):
    path = f"/inquiries/{world.inquiry}"
    for by in ("Dilek", "Kim"):
        assert (await world.call("GET", path, by))["addresses"] == []
    accepted = await world.move("accepted")
    lorry, load = accepted["addresses"]
    assert (lorry["post_id"], load["post_id"]) == (world.lorry, world.load)
    assert {name: lorry[name] for name in LORRY} == LORRY
    assert {name: load[name] for name in LOAD} == LOAD
    for by in ("Dilek", "Kim", "Colleague"):
        assert (await world.call("GET", path, by))["addresses"] == [lorry, load]
        page = (await client.get(path, headers=world.viewers[by][1])).text
        assert "Zinkweg 7" in page
        assert "Opalkai 9" in page
        own = world.lorry if by == "Dilek" else world.load
        assert f"/posts/{own}/addresses" in page
    # The load is done, and its addresses can still be put right.
    await world.call("PUT", f"/posts/{world.load}/addresses", "Colleague", {"loading_site": "Neu"})
    changed = (await world.call("GET", path, "Dilek"))["addresses"][1]
    assert (changed["loading_site"], changed["unloading_street"]) == ("Neu", "")


@pytest.mark.parametrize(("state", "by"), [("closed", "Dilek"), ("withdrawn", "Kim")])
async def test_after_its_end_neither_side_sees_the_addresses_of_the_other(world, client, state, by):
    await world.move("accepted")
    await world.move(state, by)
    for name in ("Dilek", "Kim"):
        assert (await world.call("GET", f"/inquiries/{world.inquiry}", name))["addresses"] == []
        page = await client.get(f"/inquiries/{world.inquiry}", headers=world.viewers[name][1])
        assert not [one for one in SECRETS if one in page.text]
    own = await world.call("GET", f"/posts/{world.load}/addresses", "Kim")
    assert own["loading_street"] == "Quarzweg 8"


async def test_only_who_keeps_the_post_may_write_and_read_its_own_addresses(world, client, session):
    path = f"/posts/{world.lorry}/addresses"
    await world.move("accepted")
    for by, status in (("Kim", 404), ("Stranger", 404), ("Operator", 404), ("Nobody", 401)):
        await world.call("GET", path, by, status=status)
        await world.call("PUT", path, by, {}, status)
        page = await client.get(path, headers=world.viewers[by][1])
        assert page.status_code == (303 if by == "Nobody" else 404)
    offer = {
        "details": {"kind": "offer", "category": "tools", "price_type": "free"},
        "title": "Ofen",
    }
    other = await world.call("POST", "/posts", "Dilek", offer, 201)
    refused = await world.call("PUT", f"/posts/{other['id']}/addresses", "Dilek", {}, 409)
    assert refused["code"] == "no_stops"
    await world.call("PUT", path, "Dilek", {"loading_phone": "ruf an"}, 422)
    await world.call("PUT", path, "Dilek", {})
    left = (await session.scalars(select(StopAddresses.post_id))).all()
    assert [str(one) for one in left] == [world.load]


async def test_the_page_keeps_them_and_forgets_them_long_after_the_end(
    world, client, session, runtime
):
    _, cookie = world.viewers["Kim"]
    page = f"/posts/{world.load}/addresses"
    assert page in (await client.get(f"/posts/{world.load}", headers=cookie)).text
    assert "Quarzweg 8" in (await client.get(page, headers=cookie)).text
    wrong = await client.post(page, data={"loading_phone": "ruf an"}, headers=cookie)
    assert wrong.status_code == 422
    kept = await client.post(page, data={"loading_street": "Am Tor 1"}, headers=cookie)
    assert kept.status_code == 303, kept.text
    row = await session.scalar(
        select(StopAddresses).where(StopAddresses.loading_street == "Am Tor 1")
    )
    assert row is not None
    await session.execute(
        update(Post).where(Post.id == row.post_id).values(
            status=PostStatus.WITHDRAWN, ended_at=clock.now() - timedelta(days=91)
        )
    )  # fmt: skip
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await addresses.forget_addresses(tx)
    left = (await session.scalars(select(StopAddresses.loading_street))).all()
    assert left == ["Zinkweg 7"]


def ways_out(world):
    ids = {
        "post_id": [world.lorry, world.load],
        "inquiry_id": [world.inquiry],
        "kind": ["freight_request"],
        "key": ["freight_request"],
    }
    found = []
    for route in every_route():
        if "GET" not in (route.methods or ()) or route.path.startswith("/dev/"):
            continue
        choices = [route.path]
        for name in re.findall(r"\{(\w+)\}", route.path):
            values = ids.get(name, ["0198c1d2-0000-7000-8000-000000000000"])
            choices = [one.replace(f"{{{name}}}", v) for one in choices for v in values]
        found += choices
    for kind in ("freight_capacity", "freight_request"):
        lists = ("/api/v1/posts", "/posts", "/embed/posts")
        feeds = (f"/api/v1/posts.{form}" for form in ("atom", "json", "ics"))
        found += [f"{front}?kind={kind}" for front in (*lists, *feeds)]
    return [*found, "/search?q=Quarzweg", "/api/v1/search?q=Quarzweg"]


@pytest.mark.timeout(300)  # hundreds of pages
@pytest.mark.parametrize("state", ["sent", "accepted"])
async def test_no_way_out_leads_to_an_address_t37(world, client, session, outbox, capfd, state):
    if state == "accepted":
        await world.move("accepted")
    asked = 0
    paths = ways_out(world)
    telling = [path for path in paths if world.lorry in path or world.load in path or "q=" in path]
    for name in ("Operator", "Other", "Nobody" if state == "accepted" else "Dilek"):
        token, cookie = world.viewers[name]
        for path in paths if name in {"Nobody", "Dilek"} else telling:
            if name == "Dilek" and path.endswith(f"{world.lorry}/addresses"):
                continue  # the own ones
            answer = await client.get(path, headers=token if "/api/" in path else cookie)
            said = answer.text + json.dumps(dict(answer.headers))
            if "q=Quarzweg" in path:  # what was asked for is said again
                said = said.replace("Quarzweg", "")
                assert not said.startswith("{") or not answer.json()["items"], (name, path)
            assert not [one for one in SECRETS if one in said], (name, path)
            asked += answer.status_code == 200
    assert asked > 40
    kept = [json.dumps(one.payload) for one in await session.scalars(select(EventRecord))]
    jobs = await session.execute(text("SELECT args::text FROM procrastinate_jobs"))
    kept += [row[0] for row in jobs]
    kept += [str(one.params) for one in await session.scalars(select(Notification))]
    posts = await session.execute(text("SELECT p::text FROM posts p"))
    before = await session.execute(text("SELECT r::text FROM post_revisions r"))
    kept += [row[0] for row in (*posts, *before)]
    kept += [mail.get_body(("plain",)).get_content() for _, mail in outbox.outbox]
    kept += [one.body.decode(errors="replace") for one in await session.scalars(select(KeptAnswer))]
    assert len(kept) > 10
    everything = "\n".join([*kept, *capfd.readouterr()])
    assert not [one for one in SECRETS if one in everything]
