"""Several unread notifications of one matter are one line, which counts them."""

import pytest

from app.core.db import transaction
from app.features.notifications.about_posts import REPLIED
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_person, bearer, signed_in


@pytest.fixture
async def asked(session):
    asker, helper = await a_person(session, "Ada"), await a_person(session, "Kim Jaspert")
    first, second = await a_post(session, asker), await a_post(session, asker, title="Noch etwas?")
    headers = await bearer(session, asker)
    await session.commit()
    return asker, helper, (first, second), headers


@pytest.fixture
def reply(runtime, work):
    async def replied(helper, post):
        async with transaction(runtime.sessions) as session:
            made = await a_reply(session, helper, post)
        await work()
        return made

    return replied


async def _lines(client, headers):
    items = (await client.get("/api/v1/notifications", headers=headers)).json()["items"]
    return [(one["text"], one["count"], one["read_at"] is not None) for one in items]


async def test_unread_replies_to_one_post_become_one_line(client, session, asked, reply):
    asker, helper, (first, second), headers = asked
    await reply(helper, first)
    latest = await reply(helper, second)
    assert [count for _, count, _ in await _lines(client, headers)] == [1, 1]
    for _ in range(2):
        await reply(helper, first)
    three, one = await _lines(client, headers)
    assert three == (f"3 neue Antworten auf „{first.title}“.", 3, False)
    assert one == ("Kim Jaspert hat auf „Noch etwas?“ geantwortet.", 1, False)
    items = (await client.get("/api/v1/notifications", headers=headers)).json()["items"]
    paths = [item["path"] for item in items]
    assert paths == [f"/posts/{first.id}", f"/posts/{second.id}#reply-{latest.id}"]
    page = await client.get("/notifications", headers=await signed_in(session, asker))
    assert "3 neue Antworten auf" in page.text
    assert ", 2 neue Benachrichtigungen" in page.text  # lines, not replies


async def test_reading_a_line_reads_all_that_became_it_and_what_comes_then_is_a_new_line(
    client, asked, reply
):
    _, helper, (first, second), headers = asked
    await reply(helper, second)
    for _ in range(3):
        await reply(helper, first)
    items = (await client.get("/api/v1/notifications", headers=headers)).json()["items"]
    read = {"ids": [items[0]["id"]]}
    marked = await client.post("/api/v1/notifications/read", headers=headers, json=read)
    assert marked.json() == {"unread": 1}
    await reply(helper, first)
    assert await _lines(client, headers) == [
        (f"Kim Jaspert hat auf „{first.title}“ geantwortet.", 1, False),
        (f"3 neue Antworten auf „{first.title}“.", 3, True),
        ("Kim Jaspert hat auf „Noch etwas?“ geantwortet.", 1, False),
    ]


async def test_a_job_that_runs_twice_counts_once(client, connection, work, asked, reply):
    _, helper, (first, _), headers = asked
    for _ in range(2):
        await reply(helper, first)
    raw = (await connection.get_raw_connection()).driver_connection
    await raw.execute("UPDATE procrastinate_jobs SET status = 'todo'")
    await work()
    assert [count for _, count, _ in await _lines(client, headers)] == [2]


async def test_telling_many_takes_as_many_queries_as_telling_few(
    runtime, session, queries, configure
):
    configure(NOTIFICATIONS__GATHER_MINUTES="0")
    people = [await a_person(session, f"Person {number}") for number in range(12)]
    await session.commit()
    counted = []
    for number, readers in enumerate((people[:2], people[:2], people, people)):
        queries.clear()
        async with transaction(runtime.sessions) as tx:
            await tell(
                tx,
                REPLIED,
                [one.id for one in readers],
                params={"who": "Kim", "post": "Frage"},
                path="/",
                dedup_key=f"{number}",
                matter=Matter("post:1"),
            )
            counted.append(len(queries))
    assert len(set(counted)) == 1
