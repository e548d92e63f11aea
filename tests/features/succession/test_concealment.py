"""No way out of the system leads from a concealed post to who is behind it (T37–T43).

A seller with names found nowhere else hides behind three posts. Then every GET route is asked by
everybody else, and every mail, event, job, kept answer and log line is read: no answer holds both
who it is and what is concealed.
"""

import io
import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select, text, update

from app.core import clock
from app.main import every_route
from app.models.accounts import Account
from app.models.companies import Staff, StaffRole
from app.models.events import EventRecord
from app.models.groups import Standing
from app.models.idempotency import KeptAnswer
from app.models.media import Medium
from app.models.posts import Post
from tests.features.media.files import a_pdf
from tests.makers import a_company, a_group, a_membership, a_person, bearer, signed_in

WHO = ("Xanthippe", "Quellbrunn", "xq-canary@", "DE136695976", "Zinnoberweg")
BAKERY = {
    "kind": "succession_offer",
    "wz2008_section": "C",
    "wz2008_division": "10",
    "employees_band": "11-20",
    "occasion": "age",
    "handover_forms": ["asset_sale"],
    "timing": "later",
}
LISTS = tuple(f"/api/v1/posts.{form}" for form in ("atom", "json", "ics"))
WANTED = {
    "kind": "succession_wanted",
    "wz2008_sections": ["C"],
    "handover_forms": ["asset_sale"],
    "timing": "later",
}
PARTNER = {
    "kind": "trade_partner",
    "cooperations": ["sales_partner_wanted"],
    "direction": "import",
    "countries": ["NL"],
    "is_anonymous": True,
}
INTEREST = {
    "text": "Ich bin interessiert.",
    "fields": {
        "kind": "succession_offer",
        "profile": "Seit zwölf Jahren in der Backstube tätig.",
        "keeps_confidential": True,
    },
}


@dataclass
class World:
    """The seller, what is concealed, and everybody who asks."""

    seller: Any
    company: Any
    posts: list[dict[str, Any]]
    viewers: dict[str, tuple[dict[str, str], dict[str, str]]]
    ids: dict[str, list[str]]
    uploads: list[str] = field(default_factory=list)

    @property
    def concealed(self) -> list[str]:
        """What must not stand beside who it is."""
        files = [file["id"] for post in self.posts for file in post["attachments"]]
        return [*(p["id"] for p in self.posts), *(p["reference"] for p in self.posts), *files]

    @property
    def identity(self) -> list[str]:
        return [*WHO, str(self.seller.id), str(self.seller.account_id), str(self.company.id)]


async def the_seller(session):
    seller = await a_person(session, "Xanthippe Quellbrunn", phone="+49 2302 424242")
    email = "xq-canary@quellbrunn.example"
    await session.execute(
        update(Account).where(Account.id == seller.account_id).values(email=email, email_key=email)
    )
    company = await a_company(
        session, "Quellbrunn Feinback GmbH", owner=seller, vat_id="DE136695976",
        imprint="Quellbrunn Feinback GmbH, Zinnoberweg 7, 58452 Witten",
    )  # fmt: skip
    return seller, company


async def a_file(client, headers, name, content, type_):
    answer = await client.post(
        "/api/v1/media",
        files={"file": (name, content, type_)},
        data={"alt": "Der Ofen"},
        headers=headers,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def a_picture():
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "maroon").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
async def world(session, client, work):
    seller, company = await the_seller(session)
    group = await a_group(session, await a_person(session), "Nachfolge")
    await a_membership(session, group, seller, Standing.MEMBER)
    lena = await a_person(session, "Lena Oberste")
    chamber = await a_company(session, "Kammer (Demo)", owner=lena, mediates_successions=True)
    people = {
        name: await a_person(session, name)
        for name in ("Stranger", "Member", "Operator", "Asker", "Second")
    } | {"Mediator": lena}
    await a_membership(session, group, people["Member"], Standing.MEMBER)
    await session.execute(
        update(Account).where(Account.id == people["Operator"].account_id).values(is_operator=True)
    )
    viewers = {
        name: (await bearer(session, one), await signed_in(session, one))
        for name, one in people.items()
    } | {"Nobody": ({}, {})}
    mine = await bearer(session, seller)
    await session.commit()

    async def call(method, path, headers, body, status):
        answer = await client.request(method, f"/api/v1{path}", headers=headers, json=body)
        assert answer.status_code == status, answer.text
        await work()
        return answer.json()

    pdf = await a_file(client, mine, "Quellbrunn_Expose.pdf", a_pdf(), "application/pdf")
    picture = await a_file(client, mine, "Quellbrunn.png", a_picture(), "image/png")
    drafts: list[dict[str, Any]] = [
        {"details": BAKERY, "title": "Gesundes Handwerk", "attachments": [pdf, picture]},
        {"details": WANTED, "title": "Zweiter Betrieb gesucht"},
        {"details": PARTNER, "title": "Vertrieb in Holland"},
    ]
    posts = []
    for number, draft in enumerate(drafts):
        named = mine | {"idempotency-key": f"canary-{number}"}
        body = {**draft, "place": "58452", "company_id": str(company.id)}
        posts.append(await call("POST", "/posts", named, body, 201))
    offer = f"/posts/{posts[0]['id']}"
    chosen = {"company_id": str(chamber.id)}
    await call("PUT", f"{offer}/mediator", mine, chosen, 200)
    change = {"body": "Mit treuer Kundschaft.", "title": "Gesundes Bäckerhandwerk"}
    await call("PATCH", offer, mine, change, 200)
    threads = []
    for name in ("Asker", "Second"):
        asked = await call("POST", f"{offer}/inquiries", viewers[name][0], INTEREST, 201)
        thread = f"/inquiries/{asked['id']}"
        answered = {"text": "Gern. Was haben Sie gelernt?"}
        await call("POST", f"{thread}/messages", mine, answered, 201)
        threads.append(asked["id"])
    await call("PUT", f"/inquiries/{threads[0]}/release", mine, None, 200)
    await call("PUT", f"/inquiries/{threads[1]}/state", mine, {"state": "declined"}, 200)
    ids = {
        "post_id": [post["id"] for post in posts],
        "inquiry_id": threads,
        "medium_id": [pdf, picture, *(one["id"] for one in posts[0]["attachments"])],
        "person_id": [str(seller.id)],
        "company_id": [str(company.id)],
        "group_id": [str(group.id)],
        "people": [seller.slug],
        "companies": [company.slug],
        "groups": [group.slug],
        "kind": ["succession_offer"],
        "key": ["succession_offer"],
        "rendition": ["256", "original"],
        "form": ["vcf", "atom", "json", "ics"],
        "section": ["companies", "groups", "people", "posts"],
        "place": ["05954036", "05954"],
        "sector": ["2008:C", "2008:10"],
    }
    return World(seller, company, posts, viewers, ids, [pdf, picture])


def addresses(world):
    """Every GET address of both fronts at which something of this world stands."""
    found = []
    for route in every_route():
        if "GET" not in (route.methods or ()) or route.path.startswith("/dev/"):
            continue
        choices = [route.path]
        for name in re.findall(r"\{(\w+)\}", route.path):
            key = route.path.split("/")[1] if name == "slug" else name
            values = world.ids.get(key, ["0198c1d2-0000-7000-8000-000000000000"])
            choices = [one.replace(f"{{{name}}}", v) for one in choices for v in values]
        found += choices
    offer = world.posts[0]
    for kind in ("succession_offer", "succession_wanted", "trade_partner"):
        for front in (*LISTS, "/api/v1/posts", "/posts", "/embed/posts", "/embed"):
            found += [
                f"{front}?kind={kind}",
                f"{front}?kind={kind}&author={world.seller.id}",
                f"{front}?kind={kind}&company={world.company.id}",
                f"{front}?kind={kind}&place=58452&radius_km=30",
            ]
        found.append(f"/api/v1/posts/facets?kind={kind}&company={world.company.id}")
    narrowed = ("/api/v1/posts", "/posts", "/embed/posts", "/contacts", "/api/v1/contacts", *LISTS)
    found += [f"{front}?sector=C" for front in narrowed]
    found += [f"/oembed?url=http://testserver/posts/{post['id']}" for post in world.posts]
    ways = ("/search", "/search/suggestions", "/api/v1/search", "/api/v1/search/facets")
    ways += ("/api/v1/search/suggestions", "/api/v1/posts", "/posts", "/embed/posts", *LISTS)
    asked = [offer["reference"], "Gesundes", "Handwerk", *WHO, "Xanthippe Handwerk"]
    return [*found, *(f"{way}?q={one}" for way in ways for one in asked)]


def stands_both(world, said):
    who = [one for one in world.identity if one in said]
    what = [one for one in world.concealed if one in said]
    return f"{who} beside {what}" if who and what else None


def every_id(world):
    """What stands for a thing of this world in an address, and not for a form or a section."""
    things = {"people", "companies", "groups"}
    named = [world.ids[one] for one in world.ids if one.endswith("_id") or one in things]
    return [one for values in named for one in values]


@pytest.mark.timeout(300)  # about a thousand pages
async def test_no_route_tells_anybody_else_who_it_is_t37(world, client):
    asked = 0
    paths = addresses(world)
    telling = [path for path in paths if any(one in path for one in every_id(world))]
    for name, (token, cookie) in world.viewers.items():
        for path in paths if name in {"Nobody", "Operator"} else telling:
            headers = token if path.startswith("/api/") else cookie
            answer = await client.get(path, headers=headers)
            assert answer.status_code < 500, (path, answer.text[:300])
            # What was asked with both in the address may be in links of the page.
            said = answer.text if answer.status_code == 200 else ""
            for own in (path, path.replace("&", "&amp;")):
                said = said.replace(own, "")
            if "author=" not in path and "company=" not in path:
                leak = stands_both(world, said + json.dumps(dict(answer.headers)))
                assert not leak, (name, path, leak)
            else:
                leak = [one for one in world.concealed if one in said]
                assert not leak, (name, path, leak)
            asked += answer.status_code == 200
    assert asked > 300


async def test_search_finds_it_by_what_it_says_and_never_by_who_it_is_t37(world, client):
    concealed = set(world.ids["post_id"])
    for name, (token, _) in world.viewers.items():

        async def found(way, q, token=token):
            answer = await client.get(f"/api/v1{way}", params={"q": q}, headers=token)
            assert answer.status_code == 200, answer.text
            return answer.json()

        for q in ("Bäckerhandwerk", "Kundschaft", world.posts[0]["reference"]):
            items = (await found("/search", q))["items"]
            assert [one["id"] for one in items] == [world.posts[0]["id"]], (name, q)
            assert [items[0][key] for key in ("author", "company")] == [None, None]
        for q in (*WHO, "Quellbrunn Handwerk", "Feinback", "Xanthipe"):
            assert not concealed & {one["id"] for one in (await found("/search", q))["items"]}, q
            assert not concealed & {one["id"] for one in (await found("/posts", q))["items"]}, q
            counts = (await found("/search/facets", q))["counts"]
            assert "post" not in counts["thing"], q
            assert counts["kind"] == {}, q


async def test_threads_tell_aliases_only_t42(world, client):
    for name, number in (("Asker", 0), ("Second", 1)):
        token, cookie = world.viewers[name]
        thread = world.ids["inquiry_id"][number]
        for path, headers in (
            (f"/api/v1/inquiries/{thread}", token),
            (f"/api/v1/inquiries/{thread}/messages", token),
            (f"/api/v1/inquiries/{thread}/release", token),
            (f"/inquiries/{thread}", cookie),
            (f"/releases/{thread}", cookie),
            ("/notifications", cookie),
        ):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 200, path
            assert not [one for one in world.identity if one in answer.text], path


async def test_mails_tell_nobody_else_and_no_subject_says_what_t37_t42(world, outbox, work):
    await work()
    assert outbox.outbox
    told = [one for post in world.posts for one in (post["reference"], post["title"])]
    own = 0
    for _, mail in outbox.outbox:
        everything = "\n".join(f"{name}: {value}" for name, value in mail.items())
        if "xq-canary@" in mail["to"]:
            own += 1
            subject = mail["subject"]
            assert not [one for one in (*told, "Chiffre", "Nachfolge") if one in subject], subject
        else:
            parts = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
            said = "\n".join((everything, *parts))
            assert not [one for one in world.identity if one in said], said
    assert own


async def test_nothing_that_is_kept_joins_the_two_t37(world, session, capfd):
    kept = [
        json.dumps([one.name, one.payload]) for one in await session.scalars(select(EventRecord))
    ]
    jobs = await session.execute(text("SELECT args::text FROM procrastinate_jobs"))
    kept += [row[0] for row in jobs]
    assert len(kept) > 10
    for one in kept:
        assert not stands_both(world, one), one
    posts = {UUID(post["id"]) for post in world.posts}
    for row in await session.scalars(select(Post).where(Post.id.in_(posts))):
        said = json.dumps(
            {name: str(value) for name, value in vars(row).items() if name != "_sa_instance_state"}
        )
        assert not [one for one in world.identity if one in said]
    for answer in await session.scalars(select(KeptAnswer)):
        said = answer.body.decode(errors="replace") + json.dumps(answer.headers)
        assert not [one for one in world.identity if one in said]
    said, warned = capfd.readouterr()
    assert not [one for one in world.identity if one in said + warned]


async def test_nothing_joins_two_posts_of_one_seller_t38(world, session):
    seen = [post["attachments"] for post in world.posts]
    assert [one["file_name"] for one in seen[0]] == ["expose.pdf", "bild.webp"]
    assert [one["alt"] for one in seen[0]] == ["", "Der Ofen"]
    assert not {one["id"] for one in seen[0]} & set(world.uploads)
    ids = [*(post["id"] for post in world.posts), *(one["id"] for one in seen[0])]
    assert {UUID(one).version for one in ids} == {4}  # random, and not made of the time
    rows = list(await session.scalars(select(Post)))
    for row in rows:
        times = [row.published_at, row.edited_at or row.published_at, row.expires_at]
        assert all((at.minute, at.second, at.microsecond) == (0, 0, 0) for at in times)
    assert clock.now() >= max(row.published_at for row in rows)


async def test_a_file_that_is_shown_elsewhere_is_not_attached_t38(world, session, client):
    mine = await bearer(session, world.seller)
    await session.commit()
    shown = await a_file(client, mine, "ofen.png", a_picture(), "image/png")
    draft = {"details": BAKERY, "title": "Noch ein Betrieb", "attachments": [shown]}
    refused = await client.post("/api/v1/posts", json=draft, headers=mine)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "shown_elsewhere"
    owners = {one.owner_id for one in await session.scalars(select(Medium))}
    assert owners == {world.seller.id}


async def test_a_picture_is_not_described_by_the_name_t37(world, session, client):
    mine = await bearer(session, world.seller)
    await session.commit()
    made = Image.new("RGB", (50, 50), "teal")
    written = io.BytesIO()
    made.save(written, "PNG")
    answer = await client.post(
        "/api/v1/media",
        files={"file": ("laden.png", written.getvalue(), "image/png")},
        data={"alt": "Der Laden Quellbrunn"},
        headers=mine,
    )
    named = [answer.json()["id"]]
    draft = {"details": PARTNER, "title": "Vertrieb in Holland", "attachments": named}
    refused = await client.post("/api/v1/posts", json=draft, headers=mine)
    assert refused.json()["errors"][0]["code"] == "telltale_description"


async def test_who_is_behind_it_keeps_it_with_their_colleagues(world, session, client):
    editor = await a_person(session, "Ole Brandt")
    session.add(Staff(company_id=world.company.id, person_id=editor.id, role=StaffRole.EDITOR))
    for one in (world.seller, editor):
        headers = await bearer(session, one)
        await session.commit()
        own = (await client.get("/api/v1/me/posts", headers=headers)).json()["items"]
        assert {post["id"] for post in own} == {post["id"] for post in world.posts}
        path = f"/api/v1/posts/{world.posts[0]['id']}"
        change = {"title": f"Handwerk {one.name[0]}"}
        changed = await client.patch(path, json=change, headers=headers)
        assert changed.status_code == 200
        history = await client.get(f"{path}/revisions", headers=headers)
        assert history.json()["items"]
        assert all("replaced_by" not in str(item) for item in history.json()["items"])
    stranger = world.viewers["Stranger"][0]
    assert (await client.patch(path, json=change, headers=stranger)).status_code == 403
    history = await client.get(f"{path}/revisions", headers=stranger)
    assert history.json()["items"] == []
