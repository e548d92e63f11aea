"""Calendars elsewhere: entered, read over the one way out, and what came of them told plainly."""

import contextvars
from datetime import timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import kontor
from app.commands.events import speaker_of
from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.outgoing import Way
from app.features.events.fetching import read_due
from app.features.events.subscribing import EVERY
from app.models.calendars import SubscribedCalendar
from app.models.posts import Post
from tests.features.events.conftest import TODAY
from tests.features.events.test_calendar_files import a_calendar, simple
from tests.makers import a_company, signed_in
from tests.sinks import saying, sink


@pytest.fixture
def read(runtime, session):
    """Reads what is due, from this machine, as the worker does; without a sink, from anywhere."""

    async def run(work):
        await session.commit()
        async with transaction(runtime.sessions) as tx:
            await work(tx)

    async def to_here(_host, _port):
        return ["127.0.0.1"]

    async def done(*, after=timedelta(0)):
        with clock.set_to(TODAY + after):
            await read_due(run, Way(resolve=to_here, limit_seconds=2))
        for one in list(session):
            if isinstance(one, Post | SubscribedCalendar):
                session.expunge(one)

    return done


@pytest.fixture
def here(configure):
    def opened(heard):
        configure(
            OUTGOING__PLAIN_HTTP="true",
            OUTGOING__ALLOWED_NETWORKS='["127.0.0.0/8"]',
            OUTGOING__PORTS=f"[{heard.port}]",
        )
        return f"http://termine.example:{heard.port}/kalender.ics"

    return opened


async def posts(session):
    found = await session.scalars(select(Post).order_by(Post.title))
    return {post.title: post.status.value for post in found}


async def test_a_calendar_is_read_changed_and_what_is_gone_is_withdrawn(
    session, call, people, read, here, work
):
    said = {"body": a_calendar(simple("1", title="Eins"), simple("2", title="Zwei"))}

    async def answer(writer):
        await saying("200 OK", body=said["body"])(writer)

    async with sink(answer) as heard:
        firm = {"company_id": str(people["chamber"].id), "url": here(heard)}
        made = await call("POST", "/me/calendars", "Lena", 201, json=firm)
        assert (made["state"], made["read_at"]) == ("waiting", None)
        await read()
        assert await posts(session) == {"Eins": "active", "Zwei": "active"}
        found = await call("GET", f"/me/calendars/{made['id']}", "Lena")
        assert (found["state"], found["created"], found["refusals"]) == ("read", 2, [])
        await read()  # not before its time
        assert len(heard.asked) == 1
        said["body"] = a_calendar(simple("2", "20270108T100000", title="Zwei neu"))
        await read(after=EVERY)
        assert await posts(session) == {"Eins": "withdrawn", "Zwei neu": "active"}
        found = await call("GET", f"/me/calendars/{made['id']}", "Lena")
        assert (found["changed"], found["withdrawn"]) == (1, 1)
        said["body"] = b"<html>Wartung</html>"
        await read(after=2 * EVERY)
        found = await call("GET", f"/me/calendars/{made['id']}", "Lena")
        assert found["state"] == "unreadable"
        await work()
        [told, *_] = (await call("GET", "/notifications", "Lena"))["items"]
        assert (told["type"], "termine.example" in told["text"]) == ("calendar.unreadable", True)
        assert await posts(session) == {"Eins": "withdrawn", "Zwei neu": "active"}
        said["body"] = a_calendar(simple("3", "20270108T100000", "RRULE:FREQ=HOURLY"))
        await call("POST", f"/me/calendars/{made['id']}/read", "Lena")
        await read(after=2 * EVERY)
        [found] = (await call("GET", "/me/calendars", "Lena"))["items"]
        assert found["state"] == "read"
        assert found["refusals"] == [
            "Treffen: Diese Regel ist keine RRULE nach RFC 5545, oder sie gilt mehrmals am Tag."
        ]
    await call("DELETE", f"/me/calendars/{made['id']}", "Lena", 204)
    assert (await call("GET", "/me/calendars", "Lena"))["items"] == []


async def test_an_unchanged_calendar_is_not_read_twice_and_an_absent_one_changes_nothing(
    session, call, read, here
):
    async with sink(
        saying("200 OK", 'ETag: "7"', body=a_calendar(simple("1", title="Eins")))
    ) as heard:
        made = await call("POST", "/me/calendars", "Ole", 201, json={"url": here(heard)})
        await read()
        await read(after=EVERY)
        assert [one.headers.get("if-none-match") for one in heard.asked] == [None, '"7"']
    await read(after=2 * EVERY)  # nobody listens any more
    found = await call("GET", f"/me/calendars/{made['id']}", "Ole")
    assert found["state"] == "unreachable"
    assert await posts(session) == {"Eins": "active"}


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1/a.ics", "webcal://[::1]/a.ics", "http://termine.example/a.ics",
     "https://localhost/a.ics", "https://169.254.169.254/", "file:///etc/passwd"],
)  # fmt: skip
async def test_no_calendar_is_read_from_inside_t67(call, address):
    refused = await call("POST", "/me/calendars", "Ole", 422, json={"url": address})
    assert refused["errors"][0]["code"] == "url_not_allowed"


async def test_a_name_that_leads_inside_is_blocked_when_it_is_read_t69(session, call, read):
    made = await call("POST", "/me/calendars", "Ole", 201, json={"url": "webcal://a.example/b"})
    assert made["url"] == "https://a.example/b"
    await read()
    assert (await call("GET", f"/me/calendars/{made['id']}", "Ole"))["state"] == "unreachable"
    assert await posts(session) == {}


async def test_calendars_are_for_who_speaks_for_the_company_and_kept_once(session, call, people):
    mine = {"url": "https://a.example/b"}
    made = await call("POST", "/me/calendars", "Lena", 201, json=mine)
    again = await call("POST", "/me/calendars", "Lena", 409, json=mine)
    assert again["code"] == "calendar_known"
    firm = await a_company(session, "Müller GmbH", owner=people["Nadine"])
    await session.commit()
    theirs = mine | {"company_id": str(firm.id)}
    await call("POST", "/me/calendars", "Lena", 403, json=theirs)
    for method in ("GET", "DELETE"):
        await call(method, f"/me/calendars/{made['id']}", "Nadine", 404)
    for number in range(9):
        await call(
            "POST", "/me/calendars", "Lena", 201, json={"url": f"https://b.example/{number}"}
        )
    full = await call("POST", "/me/calendars", "Lena", 422, json={"url": "https://c.example/"})
    assert full["errors"][0]["code"] == "too_many_calendars"


async def test_the_page_enters_reads_and_removes_calendars(session, client, people):
    headers = await signed_in(session, people["Ole"])
    await session.commit()
    answer = await client.post("/me/calendars", data={"url": "ftp://a"}, headers=headers)
    assert answer.status_code == 422
    assert "öffentliche Adresse" in answer.text
    form = {"url": "webcal://a.example/b", "company_id": ""}
    assert (await client.post("/me/calendars", data=form, headers=headers)).status_code == 303
    said = (await client.get("/me/calendars", headers=headers)).text
    assert "https://a.example/b" in said
    assert "wird in den nächsten Minuten gelesen" in said
    calendar_id = await session.scalar(select(SubscribedCalendar.id))
    for step in ("read", "remove"):
        answer = await client.post(f"/me/calendars/{calendar_id}/{step}", headers=headers)
        assert answer.status_code == 303
    assert (
        "Noch wird kein Kalender gelesen"
        in (await client.get("/me/calendars", headers=headers)).text
    )


def test_the_command_refuses_what_is_no_calendar(tmp_path):
    file = tmp_path / "seite.ics"
    file.write_text("<html></html>")
    said = ["events", "import", str(file), "--for", "lena@kammer.example"]
    result = contextvars.copy_context().run(CliRunner().invoke, kontor, said)
    assert result.exit_code == 2
    assert "kein vollständiger Kalender" in result.output


async def test_for_a_company_its_longest_serving_owner_publishes(session, people):
    await a_company(session, "Müller GmbH", owner=people["Nadine"])
    actor, company = await speaker_of(session, people["chamber"].slug)
    assert (actor.person_id, company.id) == (people["Lena"].id, people["chamber"].id)
    with pytest.raises(NotFound):
        await speaker_of(session, "niemand")
