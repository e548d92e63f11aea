"""Sitemaps, read by the rules of the protocol (https://www.sitemaps.org/protocol.html)."""

import re
from datetime import datetime
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest

from app.features.sitemaps import addresses
from app.models.companies import CompanyState
from app.models.groups import Admission
from tests.features.posts.arranging import a_post
from tests.features.posts.test_life import an_offer
from tests.makers import a_company, a_group, a_person, bearer

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def read(answer, root, entry):
    """What the protocol allows of a sitemap, or of an index: path and change of each entry."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert len(answer.content) < 50 * 1024 * 1024
    document = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    assert document.tag == f"{NAMESPACE}{root}"
    found = []
    for one in document:
        assert one.tag == f"{NAMESPACE}{entry}"
        assert {child.tag for child in one} <= {f"{NAMESPACE}loc", f"{NAMESPACE}lastmod"}
        address = urlsplit(one.findtext(f"{NAMESPACE}loc"))
        assert f"{address.scheme}://{address.netloc}" == "http://testserver"
        assert len(address.geturl()) < 2048
        changed = one.findtext(f"{NAMESPACE}lastmod")
        assert changed is None or datetime.fromisoformat(changed).tzinfo
        found.append(f"{address.path}{'?' if address.query else ''}{address.query}")
    assert len(found) <= 50_000
    return found


async def everything(client):
    """Every address of every sitemap that the index names."""
    parts = read(await client.get("/sitemap.xml"), "sitemapindex", "sitemap")
    return [one for part in parts for one in read(await client.get(part), "urlset", "url")]


async def test_the_index_leads_to_what_everybody_may_read_and_to_nothing_else(session, client):
    shy = await a_person(session, "Mika Still")
    found = await a_person(session, "Kim Offen", found_by_search_engines=True)
    firm = await a_company(session, owner=shy)
    await a_company(session, "Importiert GmbH", state=CompanyState.STUB)
    await a_company(session, "Vorbei GmbH", state=CompanyState.CLOSED)
    groups = {one: await a_group(session, shy, f"Kreis {one}", admission=one) for one in Admission}
    shown = await a_post(session, shy, group_id=groups[Admission.OPEN].id)
    await a_post(session, shy, group_id=groups[Admission.ON_REQUEST].id)
    await a_post(session, shy, group_id=groups[Admission.HIDDEN].id)
    await an_offer(session, shy, audience="signed_in")
    await an_offer(session, shy, as_draft=True)
    ended = await an_offer(session, shy)
    ended.status = "done"
    concealed = {
        "title": "Vertrieb",
        "details": {
            "kind": "trade_partner",
            "cooperations": ["sales_partner_wanted"],
            "direction": "import",
            "countries": ["NL"],
            "is_anonymous": True,
        },
    }
    headers = await bearer(session, shy)
    await session.commit()
    made = await client.post("/api/v1/posts", json=concealed, headers=headers)
    assert made.status_code == 201
    listed = await everything(client)
    assert len(listed) == len(set(listed))
    things = {one for one in listed if re.match(r"/\w+/", one)}
    areas = {one for one in things if one.startswith(("/places/", "/sectors/"))}
    assert {"/places/05954016", "/sectors/2008:C"} < areas
    assert things - areas == {
        f"/people/{found.slug}",
        f"/companies/{firm.slug}",
        f"/groups/{groups[Admission.OPEN].slug}",
        f"/groups/{groups[Admission.ON_REQUEST].slug}",
        f"/posts/{shown.id}",
    }
    several = sorted(areas)[::12]  # they are all alike
    for path in [*(set(listed) - areas), *several]:  # pages that want to be listed
        page = await client.get(path)
        assert page.status_code == 200, path
        assert "noindex" not in page.text + str(page.headers), path
        assert f'<link rel="canonical" href="http://testserver{path}">' in page.text


async def test_sitemaps_are_cut_into_parts_and_read_in_batches(
    session, client, monkeypatch, queries
):
    monkeypatch.setattr(addresses, "PART", 5)
    monkeypatch.setattr(addresses, "BATCH", 2)
    author = await a_person(session)
    posts = [await a_post(session, author) for _ in range(12)]
    await session.commit()
    parts = read(await client.get("/sitemap.xml"), "sitemapindex", "sitemap")
    of_posts = [part for part in parts if part.startswith("/sitemaps/posts.xml?first=")]
    assert len(of_posts) == 3
    found = []
    for part, size, asked in zip(of_posts, (5, 5, 2), (3, 3, 2), strict=True):
        queries.clear()
        listed = read(await client.get(part), "urlset", "url")
        assert len(listed) == size
        assert len(queries) == asked
        found += listed
    assert found == [f"/posts/{post.id}" for post in posts]


async def test_imported_companies_are_listed_where_the_operator_publishes_them(
    session, client, monkeypatch
):
    company = await a_company(session, "Importiert GmbH", state=CompanyState.STUB)
    await session.commit()
    path = f"/companies/{company.slug}"
    assert path not in await everything(client)
    monkeypatch.setattr("app.features.companies.policy.stubs_are_public", lambda: True)
    assert path in await everything(client)


async def test_robots_are_shown_the_sitemap_and_kept_from_what_is_personal(client):
    text = (await client.get("/robots.txt")).text
    rules = RobotFileParser()
    rules.parse(text.splitlines())
    assert rules.site_maps() == ["http://testserver/sitemap.xml"]
    assert (await client.get("/sitemap.xml")).status_code == 200
    for path in ("/me/profile", "/settings", "/messages", "/searches", "/oembed?url=x", "/feed"):
        assert not rules.can_fetch("Bot", path), path
    for path in ("/", "/posts", "/posts/1", "/companies/a", "/embed/posts", "/sitemaps/posts.xml"):
        assert rules.can_fetch("Bot", path), path


@pytest.mark.parametrize("path", ["/sitemaps/accounts.xml", "/sitemaps/posts.xml?first=x"])
async def test_other_sitemaps_there_are_none(client, path):
    assert (await client.get(path)).status_code in {404, 422}
