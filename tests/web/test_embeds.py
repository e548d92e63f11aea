"""Lists and posts in frames of other websites, and oEmbed to find them by."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from tests.features.posts.arranging import a_post
from tests.features.posts.test_life import an_offer
from tests.makers import a_group, a_person, bearer, signed_in

HERE = "http://testserver"
SOURCE = re.compile(r'<iframe src="([^"]+)"')
CONCEALED = {
    "title": "Vertrieb in Holland",
    "details": {
        "kind": "trade_partner",
        "cooperations": ["sales_partner_wanted"],
        "direction": "import",
        "countries": ["NL"],
        "is_anonymous": True,
    },
}


def policy_of(answer):
    parts = answer.headers["content-security-policy"].split("; ")
    return {part.partition(" ")[0]: part.partition(" ")[2] for part in parts}


async def test_a_list_stands_in_a_frame_without_cookie_or_script(session, client):
    author = await a_person(session)
    for number in range(12):
        await an_offer(session, author, title=f"Säge {number}", body="Text " * 400)
    await a_post(session, author)
    await session.commit()
    answer = await client.get("/embed/posts?kind=offer")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert len(answer.content) + len((await client.get("/static/embed.css")).content) <= 20_000
    assert "<script" not in answer.text
    assert "<form" not in answer.text
    assert '<base target="_top">' in answer.text
    assert answer.text.count('<article class="entry">') == 10
    assert "Wer bildet" not in answer.text
    policy = policy_of(answer)
    assert policy["frame-ancestors"] == "*"
    assert policy["default-src"] == policy["form-action"] == "'none'"
    assert "script-src" not in policy
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "x-frame-options" not in answer.headers
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert (await client.get("/embed/posts?kind=course")).text.count('<article class="entry">') == 0


async def test_nothing_else_can_be_framed(session, client):
    author = await a_person(session)
    group = await a_group(session, author, admission="hidden")
    hidden = await a_post(session, author, group_id=group.id)
    await session.commit()
    paths = ("/", "/posts", "/embed", "/sign-in", "/oembed", f"/embed/posts/{hidden.id}")
    for path in (*paths, "/embed/posts?kind=unicorns", "/embed/else", "/sitemap.xml"):
        answer = await client.get(path)
        assert policy_of(answer)["frame-ancestors"] == "'none'", path
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", path


async def test_what_is_framed_is_read_as_nobody(session, client):
    author = await a_person(session)
    group = await a_group(session, author, "Verborgen", admission="hidden")
    posts = [
        await a_post(session, author, group_id=group.id),
        await an_offer(session, author, audience="signed_in"),
        await an_offer(session, author, as_draft=True),
    ]
    mine, token = await signed_in(session, author), await bearer(session, author)
    await session.commit()
    made = await client.post("/api/v1/posts", json=CONCEALED, headers=token)
    concealed = made.json()["id"]
    for headers in ({}, mine):
        listed = await client.get("/embed/posts", headers=headers)
        assert author.name not in listed.text
        assert listed.text.count('<article class="entry">') == 1  # under its reference
        for post_id in (*(post.id for post in posts), concealed):
            for path in (
                f"/embed/posts/{post_id}",
                f"/oembed?url={quote(f'{HERE}/posts/{post_id}')}",
            ):
                answer = await client.get(path, headers=headers)
                assert answer.status_code == 404, path
                assert author.name not in answer.text or headers
        grouped = (await client.get(f"/embed/posts?group={group.id}", headers=headers)).text
        assert "Verborgen" not in grouped
        assert '<article class="entry">' not in grouped


async def test_an_editor_copies_a_frame_that_shows_what_was_chosen(session, client):
    author = await a_person(session)
    await an_offer(session, author, title="Säge")
    await a_post(session, author)
    await session.commit()
    assert 'href="/embed?kind=offer"' in (await client.get("/posts?kind=offer")).text
    page = await client.get("/embed?kind=offer&category=tools&place=&radius_km=")
    snippet = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1])
    source = unescape(SOURCE.match(snippet)[1])
    assert source == f"{HERE}/embed/posts?kind=offer&category=tools"
    assert 'title="Angebote – Kontor"' in snippet or "title=" in snippet
    framed = await client.get(source)
    assert framed.text.count('<article class="entry">') == 1
    wrong = await client.get("/embed?radius_km=5")
    assert wrong.status_code == 422
    assert "<textarea" not in wrong.text


async def test_consumers_of_oembed_learn_how_lists_and_posts_are_embedded(session, client):
    author = await a_person(session)
    post = await an_offer(session, author, title='Säge "Fuchs" & <Fräse>')
    await session.commit()
    for path, frame in (
        ("/posts?kind=offer&place=&utm_source=x", "/embed/posts?kind=offer"),
        (f"/posts/{post.id}", f"/embed/posts/{post.id}"),
    ):
        page = (await client.get(path)).text
        link = re.search(r'type="application/json\+oembed"[^>]* href="([^"]+)"', page)[1]
        answer = await client.get(unescape(link))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"
        found = answer.json()
        # https://oembed.com, 2.3.4: what every answer, and a rich one, must have.
        assert (found["version"], found["type"]) == ("1.0", "rich")
        assert isinstance(found["width"], int)
        assert isinstance(found["height"], int)
        assert unescape(SOURCE.match(found["html"])[1]) == f"{HERE}{frame}"
        assert "<Fräse>" not in found["html"]
        framed = await client.get(frame)
        assert framed.status_code == 200
        assert policy_of(framed)["frame-ancestors"] == "*"
        small = (await client.get(f"{unescape(link)}&maxwidth=300&maxheight=100")).json()
        assert (small["width"], small["height"]) == (300, 100)
        assert 'width="300"' in small["html"]
        assert (await client.get(f"{unescape(link)}&format=xml")).status_code == 501


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/posts",
        "http://testserver.elsewhere.example/posts",
        "http://testserver@elsewhere.example/posts",
        "http://testserver:81/posts",
        "https://testserver/posts",
        "//testserver/posts",
        "/posts",
        "http://testserver/people",
        "http://testserver/posts/new",
        "http://testserver/posts?kind=unicorns",
        "http://[/posts",
        "javascript:alert(1)",
    ],
)
async def test_of_other_addresses_nothing_is_known(client, url):
    assert (await client.get("/oembed", params={"url": url})).status_code == 404
