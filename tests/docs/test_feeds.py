"""What docs/feeds.md gives to copy works as it stands there."""

import re
from html import unescape
from pathlib import Path

from tests.features.posts.arranging import a_post
from tests.makers import a_person

DOCS = (Path(__file__).parents[2] / "docs" / "feeds.md").read_text()
HOST = "https://kontor.example"


async def test_every_address_in_the_examples_answers(session, client):
    await a_post(session, await a_person(session))
    await session.commit()
    examples = "\n".join(re.findall(r"```.*?```", DOCS, re.DOTALL))
    addresses = re.findall(rf"{HOST}[^\s\"']+", unescape(examples))
    assert len(addresses) >= 3
    for address in addresses:
        answer = await client.get(address.removeprefix(HOST))
        assert answer.status_code == 200, address
    script = re.search(r"<script>(.*?)</script>", DOCS, re.DOTALL)[1]
    feed = (await client.get("/api/v1/posts.json")).json()
    for name in re.findall(r"feed\.(\w+)", script):
        assert name in feed
    for name in re.findall(r"item\.(\w+)", script):
        assert feed["items"][0][name]


async def test_the_frame_in_the_examples_is_the_one_that_editors_copy(client):
    frame = re.search(r"<iframe .*</iframe>", DOCS)[0]
    source = unescape(re.search('src="([^"]+)"', frame)[1]).removeprefix(HOST)
    page = await client.get(source.replace("/embed/posts", "/embed"))
    copied = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1])
    assert copied.replace("http://testserver", HOST) == frame


async def test_every_feed_of_the_table_is_there(client):
    named = re.findall(r"`(/api/v1/\w+\.(?:atom|json|ics))`", DOCS)
    assert len(named) == 7
    for path in named:
        assert (await client.get(path)).status_code == 200, path
