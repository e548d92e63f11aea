"""Lists of posts as Atom feeds, read with a parser that is not ours."""

from xml.etree import ElementTree as ET

from tests.features.posts.arranging import a_post
from tests.features.posts.test_life import an_offer
from tests.makers import a_group, a_person, signed_in

NS = {"a": "http://www.w3.org/2005/Atom"}


async def entries(client, query="", **options):
    answer = await client.get(f"/posts.atom{query}", **options)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    document = ET.fromstring(answer.content)  # noqa: S314 - our own answer
    for name in ("id", "title", "updated"):
        assert document.find(f"a:{name}", NS).text
    return document.findall("a:entry", NS)


async def test_a_list_is_a_feed_with_all_that_atom_requires(session, client):
    author = await a_person(session)
    post = await an_offer(session, author, title="Säge & <Fräse>", tags=["metall"])
    await a_post(session, author)
    await session.commit()
    (entry,) = await entries(client, "?kind=offer&category=tools&place=&order=newest")
    assert entry.find("a:id", NS).text == f"urn:uuid:{post.id}"
    assert entry.find("a:title", NS).text == "Säge & <Fräse>"
    assert entry.find("a:link", NS).get("href").endswith(f"/posts/{post.id}")
    assert entry.find("a:author/a:name", NS).text == author.name
    assert {one.get("term") for one in entry.findall("a:category", NS)} == {"offer", "metall"}
    assert "Kategorie: Werkzeuge" in entry.find("a:summary", NS).text
    assert len(await entries(client)) == 2
    listed = (await client.get("/posts?kind=offer")).text
    assert 'type="application/atom+xml"' in listed
    assert "/posts.atom?kind=offer" in listed


async def test_a_feed_holds_what_everybody_may_read_whoever_asks(session, client):
    author = await a_person(session)
    headers = await signed_in(session, author)
    group = await a_group(session, author, admission="hidden")
    await a_post(session, author, group_id=group.id)
    await an_offer(session, author, audience="signed_in")
    await an_offer(session, author, as_draft=True)
    await session.commit()
    assert await entries(client, headers=headers) == []


async def test_a_filter_that_means_nothing_is_refused(client):
    assert (await client.get("/posts.atom?kind=unicorns")).status_code == 422
    assert (await client.get("/posts.atom?radius_km=5")).status_code == 422
