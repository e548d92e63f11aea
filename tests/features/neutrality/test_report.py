"""Whose posts appeared how often: counted in sums, never by whom, and shown beside their share."""

import csv
import io
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.settings import settings
from app.edge.notebooks import Appearances
from app.features.appearances.noting import add_told, notebook
from app.features.neutrality.reporting import count_standing, neutrality_report
from app.features.search.keeping import catch_up
from app.models.companies import OrganisationForm
from app.models.statistics import Appearance, Surface
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_person, bearer

GOODS = {"kind": "offer", "category": "storage", "price_type": "free"}


@pytest.fixture(autouse=True)
def _an_empty_notebook():
    notebook().taken()
    yield
    notebook().taken()


async def a_region(session):
    """Six posts of a chamber, six of a firm, and six of a person who speaks for nobody else."""
    writer = await a_person(session)
    chamber = await a_company(session, "Kammer (Demo)", owner=writer, form=OrganisationForm.CHAMBER)
    firm = await a_company(session, owner=writer)
    posts = [
        await a_post(session, writer, "offer", details=GOODS, company_id=company)
        for company in (chamber.id, firm.id, None)
        for _ in range(6)
    ]
    await session.commit()
    return writer, posts


async def seen(client, author):
    found = (await client.get("/api/v1/neutrality")).json()
    line = next(one for one in found["authors"] if one["author"] == author)
    return {one["surface"]: one for one in line["appeared"]} | {"posts": line["posts"]}


async def test_what_lists_show_is_added_up_by_the_form_of_who_speaks(session, client, runtime):
    writer, _ = await a_region(session)
    headers = await bearer(session, writer)
    await session.commit()
    assert len((await client.get("/api/v1/posts")).json()["items"]) == 18
    assert len((await client.get("/api/v1/posts", headers=headers)).json()["items"]) == 18
    await Appearances(notebook()).write(runtime.sessions)
    await count_standing(session)
    await session.commit()
    # Who wrote them read them too: their own posts do not count.
    for author in ("chamber", "firm", "person"):
        found = await seen(client, author)
        assert (found["list"]["number"], found["list"]["share"]) == (6, 33.3)
        assert (found["posts"]["number"], found["posts"]["share"]) == (6, 33.3)
        assert found["feed"] == {
            "surface": "feed", "number": None, "share": None, "withheld": "under_5"
        }  # fmt: skip
    assert (await seen(client, "town"))["list"]["withheld"] == "under_5"


async def test_reading_writes_nothing_and_notes_nobody(session, client, queries):
    await a_region(session)
    queries.clear()
    await client.get("/api/v1/posts")
    assert not [
        one for one in queries.statements if not one.lstrip().startswith(("SELECT", "WITH"))
    ]
    kept = {type(part).__name__ for key in notebook().noted for part in key}
    assert kept <= {"date", "Surface", "UUID", "str"}
    assert {column.name for column in Appearance.__table__.columns} == {
        "day", "surface", "author", "times"
    }  # fmt: skip


async def test_people_and_organisations_themselves_count_where_they_are_shown(
    session, client, runtime, queries
):
    people = [await a_person(session, f"Inhaberin {n}") for n in range(6)]
    for number, form in enumerate([OrganisationForm.CHAMBER, OrganisationForm.TOWN] * 6):
        name = f"Kontor {number} (Demo)"
        await a_company(session, name, owner=people[0], form=form)
    headers = await bearer(session, people[0])
    await catch_up(session)
    await session.commit()
    queries.clear()
    found = ("search?q=Inhaberin", "search?q=Demo")
    suggested = ("search/suggestions?q=Inhaberin", "search/suggestions?q=Kontor")
    for path in ("people", "companies", *found, *suggested):
        assert (await client.get(f"/api/v1/{path}", headers=headers)).status_code == 200
    assert not [one for one in queries.statements if "appearances" in one]
    await Appearances(notebook()).write(runtime.sessions)
    await count_standing(session)
    await session.commit()
    found = (await client.get("/api/v1/neutrality")).json()
    told = {
        line["author"]: [line["members"] and line["members"]["number"]]
        + [one["number"] for one in line["met"]]
        for line in found["authors"]
    }
    # Who looks does not count: five people of six.
    assert told["person"] == [6, 5, 5, 5]
    # Eight names are suggested at most: too few of one form to be told.
    assert told["chamber"] == told["town"] == [6, 6, 6, None]
    assert told["firm"] == [None, None, None, None]
    assert told["concealed"] == [None]
    page = (await client.get("/neutrality")).text
    assert "Personen und Organisationen selbst" in page


async def test_what_could_not_be_written_is_written_the_next_time(session, client, runtime):
    await a_region(session)
    await client.get("/api/v1/posts")
    noted = Counter(notebook().noted)

    def broken():
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await Appearances(notebook()).write(broken)
    assert notebook().noted == noted
    await Appearances(notebook()).write(runtime.sessions)
    await Appearances(notebook()).write(runtime.sessions)
    assert (await seen(client, "firm"))["list"]["number"] == 6


async def test_a_year_is_a_report_too_and_both_are_tables(session, client):
    _, posts = await a_region(session)
    with clock.set_to(clock.now() - timedelta(days=400)):
        await add_told(session, Surface.MATCH, [post.id for post in posts] * 2)
        year = clock.today(settings().zone).year
    await session.commit()
    now = (await client.get("/api/v1/neutrality")).json()
    assert {one["number"] for line in now["authors"] for one in line["appeared"]} == {None}
    rows = list(
        csv.DictReader(io.StringIO((await client.get(f"/api/v1/neutrality.csv?year={year}")).text))
    )
    told = {row["author"]: row["number"] for row in rows if row["surface"] == "match"}
    assert (told["chamber"], told["firm"], told["person"]) == ("12", "12", "12")
    assert told["town"] == ""
    assert (await client.get(f"/neutrality?year={year}")).status_code == 200


async def test_of_a_concealed_post_nobody_learns_the_form_of_who_is_behind_it(session, reader):
    writer = await a_person(session)
    post = await a_post(session, writer, "offer", details=GOODS)
    post.author_id, post.is_concealed = None, True
    await session.flush()
    await add_told(session, Surface.SEARCH, [post.id] * 7)
    report = await neutrality_report(reader)
    found = {line.author: line.appeared[Surface.SEARCH].number for line in report.lines}
    assert {author for author, number in found.items() if number} == {"concealed"}


async def test_feeds_searches_matches_and_digests_are_counted_where_they_show_posts(
    session, client, work
):
    writer, reader = await a_person(session), await a_person(session, "Kim Jaspert")
    firm = await a_company(session, owner=writer)
    headers = await bearer(session, reader)
    await session.commit()
    me, him = headers, await bearer(session, writer)
    await session.commit()

    async def made(path, who, **body):
        answer = await client.post(f"/api/v1{path}", headers=who, json=body)
        assert answer.status_code == 201, answer.text

    await made("/follows", me, target="company", key=str(firm.id))
    await made("/searches", me, label="Lager", frequency="at_once", filters={"kind": "offer"})
    sought = GOODS | {"kind": "wanted"}
    await made("/posts", me, title="Palettenplätze", body="Gesucht.", details=sought)
    await work()
    offered = {"title": "Palettenplätze", "body": "Frei.", "company_id": str(firm.id)}
    await made("/posts", him, details=GOODS, **offered)
    await work()
    for path in ("/feed", "/search?q=Palettenplätze", "/search/suggestions?q=Palettenpl"):
        assert (await client.get(f"/api/v1{path}", headers=me)).status_code == 200
    noted = {(surface, author) for _, surface, author in notebook().noted}
    shown_on = (Surface.FEED, Surface.SEARCH, Surface.SUGGESTED)
    assert {(surface, firm.id) for surface in shown_on} <= noted
    kept = {(row.surface, row.author) for row in await session.scalars(select(Appearance))}
    assert {("match", "firm"), ("match", "person"), ("digest", "firm")} <= kept
