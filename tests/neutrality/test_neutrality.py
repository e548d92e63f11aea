"""One member among many: exchange the chamber with any firm, and everything comes out the same.

A small region is made twice through the API, with the same clock. The second time, the chamber and
a firm have exchanged their places: what one wrote, offered, founded and staffed is now the other's.
Whatever readers and programs then see must be the same, but for the two names: lists, hits,
suggestions, pages, feeds, frames, sitemaps, matches, the inbox and every mail. What is in the order
of names is compared without its order, which names decide.
"""

import json
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from app.core import clock
from app.core.db import transaction
from app.features.notifications.gathering import announce_due
from app.features.places.lookup import find_place
from app.features.search.keeping import catch_up
from app.features.searches.due import announce_digests
from app.models.companies import CompanySector, OrganisationForm, Site
from app.models.notifications import FollowNews
from tests.makers import a_company, a_person, bearer, signed_in

START = clock.now() - timedelta(days=1)
CHAMBER = ("IHK Mittleres Ruhrgebiet (Demo)", OrganisationForm.CHAMBER)
FIRM = ("Jaspert Maschinenbau (Demo)", OrganisationForm.FIRM)
SITES = {"first": "45527", "second": "45525", "other": "44649"}
ANSWERS = {
    "first": ["apprenticeship"], "second": ["sites"], "other": ["apprenticeship", "sites"]
}  # fmt: skip
# What differs from run to run, whoever is who: ids, keys in links, moments.
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PASSING = re.compile(
    rf"{ID}|[\w.-]{{40,}}"
    r"|(?<=aria-hidden=\"true\">)\w\w?(?=<)"  # the first letters of a name
    r"|\d{4}-?\d\d-?\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?|(?<=-)\d+(?=[\"'&<])"
)
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
        self.owners = {}
        for number, (key, (name, form)) in enumerate(self.identities.items()):
            owner = await a_person(session, f"Inhaberin {key}", found_by_search_engines=True)
            self.owners[key], place = owner, await find_place(session, SITES[key])
            owner.place_id = place.id
            company = await a_company(
                session, name, owner=owner, form=form, summary="Lagerflächen und Beratung."
            )
            site = await session.scalar(select(Site).where(Site.company_id == company.id))
            site.place_id, site.postcode, site.town = place.id, SITES[key], place.name
            site.latitude, site.longitude = place.latitude + number / 100, place.longitude
            session.add(
                CompanySector(
                    company_id=company.id, classification=2008, code="25", section="C",
                    division="25",
                )
            )  # fmt: skip
            self.companies[key] = company
            self.headers[key] = await bearer(session, owner)
        reader = await a_person(session, "Leserin")
        self.headers["reader"] = await bearer(session, reader)
        self.pages = await signed_in(session, reader)

    async def post(self, who, path, **body):
        """Write something on behalf of a company, an hour after the last."""
        return await self.write("POST", who, path, body)

    async def write(self, method, who, path, body=None):
        self.now += timedelta(hours=1)
        with clock.set_to(self.now):
            answer = await self.client.request(
                method, f"/api/v1{path}", json=body, headers=self.headers[who]
            )
        assert answer.status_code in {200, 201, 204}, answer.text
        return answer.json() if answer.content else None

    async def publish(self, who, title, group=None, **details):
        company = str(self.companies[who].id)
        body = {"title": title, "body": "Näheres auf Anfrage.", "details": details}
        body |= {"group_id": group} if group else {}
        made = await self.post(who, "/posts", company_id=company, place="45527", **body)
        self.posts[title] = made["id"]

    async def live(self):
        """Have all of them say, offer, seek, found and answer something."""
        goods = {"category": "storage", "price_type": "negotiable"}
        for who in ("reader", "other"):
            for company in self.companies.values():
                if who == "reader":
                    await self.post(who, "/follows", target="company", key=str(company.id))
        for who, topics in ANSWERS.items():
            path = f"/companies/{self.companies[who].id}/contacts"
            for topic in topics:
                await self.post(who, path, person_id=str(self.owners[who].id), topic=topic)
        wanted = {"label": "Lager", "frequency": "weekly", "filters": {"sector": "C"}}
        await self.post("reader", "/searches", **wanted)
        for target, key in (("kind", "offer"), ("sector", "2008:C"), ("place", "44649")):
            await self.post("reader", "/follows", target=target, key=key)
        await self.publish("first", "Sprechtag im Januar", kind="discussion")
        await self.publish("second", "Halle sucht Untermieter", kind="discussion")
        await self.publish("other", "Wer kennt einen Spediteur?", kind="question")
        await self.publish("first", "Zwanzig Palettenplätze", kind="offer", **goods)
        await self.publish("second", "Dreißig Palettenplätze", kind="offer", **goods)
        await self.publish("other", "Vierzig Palettenplätze", kind="offer", **goods)
        await self.publish("other", "Palettenplätze bis März", kind="wanted", **goods)
        day = f"{START + timedelta(days=20):%Y-%m-%d}"
        begins = {"starts_at": f"{day}T14:00", "ends_at": f"{day}T17:00"}
        for who in ("second", "first", "other"):  # at the same time
            await self.publish(who, f"Treffen {who}", kind="event", **begins)
        for who in ("second", "first"):
            asked = self.posts["Wer kennt einen Spediteur?"]
            body = {"body": "Fragen Sie uns.", "company_id": str(self.companies[who].id)}
            await self.post(who, f"/posts/{asked}/replies", **body)
        for who, name in (("first", "Ausbildung"), ("second", "Import und Export")):
            made = {"name": name, "summary": "Für alle.", "topics": ["funding"]}
            group = await self.post(who, "/groups", **made)
            await self.write("PUT", "reader", f"/groups/{group['id']}/membership")
            await self.publish(who, f"Neu: {name}", group["id"], kind="discussion")

    def seen(self, text):
        """What somebody sees, with the two companies called by their places."""
        for key, (name, _) in self.identities.items():
            text = text.replace(name, key)
            slug = self.companies[key].slug
            text = text.replace(slug, f"slug-{key}").replace(str(self.companies[key].id), key)
        return text

    async def get(self, path, headers):
        with clock.set_to(self.now + timedelta(hours=1)):
            answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        return answer.text

    async def read(self, path, who=None):
        headers = self.headers[who] if who else {}
        said = await self.get(f"/api/v1{path}", headers)
        return [essence(one) for one in json.loads(re.sub(ID, "#", self.seen(said)))["items"]]

    async def look(self, path, who=None):
        """Return a page or a file, line by line, without what passes."""
        month = f"{START + timedelta(days=20):%Y-%m}"
        said = await self.get(path.format(month=month), self.pages if who else {})
        said = said.replace("\r\n ", "")  # calendars fold lines, where depends on names
        plain = said.replace("<mark>", "").replace("</mark>", "")
        lines = PASSING.sub("#", self.seen(plain)).splitlines()
        # Who holds events is offered in the order of names.
        return [line for line in lines if not (path.startswith("/events") and "<option" in line)]

    async def everything(self, who):
        """Return all that somebody can read, by its address."""
        found = {}
        for path in (*LISTS, *((*BY_NAME, *OWN) if who else ())):
            items = await self.read(path, who)
            found[f"/api/v1{path}"] = sorted(items, key=json.dumps) if path in BY_NAME else items
        for path in PAGES if who else FILES:
            found[path] = await self.look(path, who)
        return {(path, who): one for path, one in found.items()}


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
    "/posts?sector=C",
    "/groups",
    "/sectors/2008:C/groups",
    "/contacts?place=45527",
    "/contacts?place=45527&topic=apprenticeship&sector=25",
    "/people?place=45527&radius_km=50&order=distance",
    "/companies?order=newest&sector=C",
    "/companies?place=45527&radius_km=50&order=distance",
    "/search?q=Palettenplätze",
    "/search?q=Palettenpläze",
    "/search?q=Hattingen",
    "/search?q=Spediteur&order=newest",
    "/search?q=Anfrage&thing=post",
    "/search?q=Demo&thing=company",
    "/search?q=Lagerflächen",
    "/search?q=Inhaberin&thing=person",
    "/search?q=Beratung 60 km um Hattingen",
    "/search/suggestions?q=pal",
    "/search/suggestions?q=inhaberin",
    "/posts?q=Palettenplätze",
    "/events",
    "/events?place=45527&radius_km=50&sector=C&free=true",
    "/search?q=Treffen",
)
BY_NAME = ("/companies", "/companies?topic=sites", "/people", "/contacts", "/contacts?sector=C")
OWN = ("/feed", "/feed?kind=offer&limit=2", "/feed?unread=true", "/notifications", "/searches")
PAGES = (
    "/places/05954016", "/sectors/2008:C", "/region", "/contacts?place=45527", "/search?q=Demo",
    "/posts?sector=25", "/feed", "/notifications", "/events", "/events/month/{month}", "/",
)  # fmt: skip
FILES = (
    "/embed/posts?kind=offer", "/embed/events", "/api/v1/posts.atom", "/api/v1/posts.json?sector=C",
    "/api/v1/posts.ics", "/api/v1/companies.atom", "/api/v1/groups.json", "/sitemap.xml",
    "/sitemaps/companies.xml", "/sitemaps/people.xml", "/sitemaps/posts.xml",
)  # fmt: skip


async def test_chamber_and_firm_can_be_exchanged_and_nothing_else_changes(
    connection, runtime, client, work, outbox
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
        monday = region.now + timedelta(days=8 - region.now.isoweekday())
        with clock.set_to(datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC)):
            async with transaction(runtime.sessions) as session:
                # The jobs above ran by another clock than the region, in which all of it is new.
                everything = {"told_to": START, "due_at": clock.now()}
                await session.execute(update(FollowNews).values(everything))
                await catch_up(session)
                await announce_due(session)
                await announce_digests(session)
            await work()
        found = await region.everything(None) | await region.everything("reader")
        wanted = region.posts["Palettenplätze bis März"]
        found["matches"] = await region.read(f"/posts/{wanted}/matches", "other")
        found["told other"] = await region.read("/notifications", "other")
        found["mails"] = [
            PASSING.sub("#", region.seen(f"{mail['Subject']}\n{part.get_content()}")).splitlines()
            for _, mail in outbox.outbox
            for part in [mail.get_body(("plain",))]
        ]
        await undo.rollback()
        seen.append(found)
    straight, exchanged = seen
    assert len(straight["/api/v1/posts", None]) == 12
    assert len(straight["/api/v1/events", None]) == 3
    assert len(straight["/api/v1/contacts?place=45527", None]) == 4
    assert len(straight["matches"]) == 3
    assert len(straight["/api/v1/search?q=Palettenplätze", None]) == 7
    assert len(straight["/api/v1/search?q=Demo&thing=company", None]) == 2
    assert len(straight["/api/v1/search?q=Inhaberin&thing=person", None]) == 3
    assert not [name for name, found in straight.items() if not found]
    assert len(straight["mails"]) == 8
    assert [mail for mail in straight["mails"] if "Mein Verlauf" in mail]
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
