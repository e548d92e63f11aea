"""One member among many: exchange the chamber with any firm, and everything comes out the same.

A small region is made twice through the API, with the same clock. The second time, the chamber and
a firm have exchanged their places: what one wrote, offered, founded and staffed is now the other's.
Whatever readers and programs then see must be the same, but for the two names.
"""

import json
from datetime import timedelta

import pytest

from app.core import clock
from app.core.db import transaction
from app.features.search.keeping import catch_up
from app.models.companies import OrganisationForm
from tests.makers import a_company, a_person, bearer, signed_in

START = clock.now() - timedelta(days=1)
CHAMBER = ("IHK Mittleres Ruhrgebiet (Demo)", OrganisationForm.CHAMBER)
FIRM = ("Jaspert Maschinenbau GmbH", OrganisationForm.FIRM)
OTHER = ("Hügelland Feinwerktechnik GmbH", OrganisationForm.FIRM)


class Region:
    """A region in which the first company is the chamber, or, turned, the firm."""

    def __init__(self, client, *, turned: bool) -> None:
        first, second = (FIRM, CHAMBER) if turned else (CHAMBER, FIRM)
        self.client = client
        self.identities = {"first": first, "second": second, "other": OTHER}
        self.now = START
        self.headers = {}
        self.posts = {}

    async def settle(self, session):
        """Give each company an owner, and the region a reader who follows all of them."""
        self.companies = {}
        for key, (name, form) in self.identities.items():
            owner = await a_person(session, f"Inhaberin {key}")
            self.companies[key] = await a_company(session, name, owner=owner, form=form)
            self.headers[key] = await bearer(session, owner)
        reader = await a_person(session, "Leserin")
        self.headers["reader"] = await bearer(session, reader)
        self.pages = await signed_in(session, reader)

    async def post(self, who, path, **body):
        """Write something on behalf of a company, an hour after the last."""
        self.now += timedelta(hours=1)
        with clock.set_to(self.now):
            answer = await self.client.post(f"/api/v1{path}", json=body, headers=self.headers[who])
        assert answer.status_code in {200, 201, 204}, answer.text
        return answer.json() if answer.content else None

    async def publish(self, who, title, **details):
        company = str(self.companies[who].id)
        body = {"title": title, "body": "Näheres auf Anfrage.", "details": details}
        made = await self.post(who, "/posts", company_id=company, place="45527", **body)
        self.posts[title] = made["id"]

    async def live(self):
        """Have all of them say, offer, seek, found and answer something."""
        goods = {"category": "storage", "price_type": "negotiable"}
        for who in ("reader", "other"):
            for company in self.companies.values():
                if who == "reader":
                    await self.post(who, "/follows", target="company", key=str(company.id))
        for target, key in (("kind", "offer"), ("sector", "2008:C"), ("place", "44649")):
            await self.post("reader", "/follows", target=target, key=key)
        await self.publish("first", "Sprechtag im Januar", kind="discussion")
        await self.publish("second", "Halle sucht Untermieter", kind="discussion")
        await self.publish("other", "Wer kennt einen Spediteur?", kind="question")
        await self.publish("first", "Zwanzig Palettenplätze", kind="offer", **goods)
        await self.publish("second", "Dreißig Palettenplätze", kind="offer", **goods)
        await self.publish("other", "Vierzig Palettenplätze", kind="offer", **goods)
        await self.publish("other", "Palettenplätze bis März", kind="wanted", **goods)
        for who in ("second", "first"):
            asked = self.posts["Wer kennt einen Spediteur?"]
            body = {"body": "Fragen Sie uns.", "company_id": str(self.companies[who].id)}
            await self.post(who, f"/posts/{asked}/replies", **body)
        for who, name in (("first", "Ausbildung"), ("second", "Import und Export")):
            await self.post(who, "/groups", name=name, summary="Für alle.", topics=["funding"])

    def seen(self, text):
        """What somebody sees, with the two companies called by their places."""
        for key, (name, _) in self.identities.items():
            text = text.replace(name, key)
            slug = self.companies[key].slug
            text = text.replace(slug, f"slug-{key}").replace(str(self.companies[key].id), key)
        return text

    async def read(self, path, who=None):
        with clock.set_to(self.now + timedelta(hours=1)):
            headers = self.headers[who] if who else {}
            answer = await self.client.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        return [essence(one) for one in json.loads(self.seen(answer.text))["items"]]


def essence(item):
    """What makes an item what it is to its reader: no ids, no times, no form of a company."""
    if isinstance(item, list):
        return [essence(one) for one in item]
    if not isinstance(item, dict):
        return item
    passing = ("id", "_at", "slug", "reference", "form", "path", "version")
    return {name: essence(value) for name, value in item.items() if not name.endswith(passing)}


LISTS = (
    "/posts",
    "/posts?kind=offer&order=nearest&place=44649",
    "/posts?kind=offer&order=soonest",
    "/posts?tag=nothing",
    "/feed",
    "/feed?kind=offer&limit=2",
    "/feed?unread=true",
    "/groups",
    "/companies?place=45527&order=distance",
    "/search?q=Palettenplätze",
    "/search?q=Palettenpläze",
    "/search?q=Hattingen",
    "/search?q=Spediteur&order=newest",
    "/search?q=Anfrage&thing=post",
    "/search/suggestions?q=pal",
    "/posts?q=Palettenplätze",
)


@pytest.mark.parametrize("who", [None, "reader"])
async def test_chamber_and_firm_can_be_exchanged_and_nothing_else_changes(
    who, connection, runtime, client, work, outbox
):
    seen = []
    for turned in (False, True):
        undo = await connection.begin_nested()
        outbox.outbox.clear()
        region = Region(client, turned=turned)
        async with runtime.sessions() as session:
            await region.settle(session)
            await session.commit()
        await region.live()
        await work()
        async with transaction(runtime.sessions) as session:
            await catch_up(session)
        found = {path: await region.read(path, who) for path in LISTS}
        wanted = region.posts["Palettenplätze bis März"]
        found["matches"] = await region.read(f"/posts/{wanted}/matches", "other")
        for reader in ("reader", "other"):
            found[f"told {reader}"] = await region.read("/notifications", reader)
        found["mails"] = [
            (
                region.seen(str(mail["Subject"])),
                region.seen(mail.get_body(("plain",)).get_content()).splitlines()[:3],
            )
            for _, mail in outbox.outbox
        ]
        await undo.rollback()
        seen.append(found)
    straight, exchanged = seen
    assert len(straight["/posts"]) == 7
    assert len(straight["matches"]) == 3
    assert len(straight["/search?q=Palettenplätze"]) == 4
    assert len(straight["/search?q=Hattingen"]) > 3
    for name, found in straight.items():
        assert found == exchanged[name], name


async def test_the_test_would_notice_a_preference(connection, runtime, client, work):
    """Its own check: a chamber that says one thing more is seen to differ."""
    seen = []
    for turned in (False, True):
        undo = await connection.begin_nested()
        region = Region(client, turned=turned)
        async with runtime.sessions() as session:
            await region.settle(session)
            await session.commit()
        await region.live()
        if region.identities["first"] is CHAMBER:
            await region.publish("first", "Noch etwas", kind="discussion")
        seen.append(await region.read("/posts"))
        await undo.rollback()
    assert seen[0] != seen[1]
