"""Story 6, its weekly digest: by itself, only if something is new, and stopped with one click.

The mails come through the door of a real mail server, as the worker hands them over.
"""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.core.mailing import transport_for
from app.core.settings import settings
from app.features.notifications.gathering import announce_due
from app.models.accounts import Account
from app.models.notifications import NotificationSetting
from tests.core.test_mail import Sink, serve
from tests.features.media.files import a_pdf
from tests.makers import a_company, a_person, bearer

TUESDAY = datetime(2026, 12, 1, 8, tzinfo=UTC)  # nine in Berlin
MONDAY = datetime(2026, 12, 7, 5, tzinfo=UTC)  # six in Berlin
WEEK = timedelta(days=7)


@pytest.fixture
def digests(runtime, configure):
    """Take the digests that have come, by the name with which they greet their readers."""
    sink = Sink()
    server = serve(sink)
    configure(SMTP__HOST="127.0.0.1", SMTP__PORT=str(server.port), SMTP__SECURITY="none")
    runtime.sessions.kw["info"]["transport"] = transport_for(settings())

    def taken():
        mails = {}
        for envelope in sink.envelopes:
            mail = message_from_bytes(envelope.original_content, policy=policy.default)
            assert [one.addr_spec for one in mail["To"].addresses] == envelope.rcpt_tos
            if mail["List-Id"] == "<digest.kontor.example>":
                name = re.match("Guten Tag, (.+),\n", text_of(mail))[1]
                assert name not in mails
                mails[name] = mail
        sink.envelopes.clear()
        return mails

    yield taken
    server.stop()


@pytest.fixture
async def people(session):
    """Jonas who founds, two others, and the chamber's Lena; Mo only asks to be let in."""
    made = {}
    for name, company, form in (
        ("Jonas Terhorst", "Kemnader Messtechnik UG", "firm"),
        ("Lena Oberste", "IHK Mittleres Ruhrgebiet (Demo)", "chamber"),
        ("Kim Jaspert", "Jaspert Maschinenbau GmbH", "firm"),
        ("Mo Yilmaz", "Brandhoff Transporte GmbH", "firm"),
    ):
        made[name] = await a_person(session, name)
        await a_company(session, company, owner=made[name], form=form)
    await session.commit()
    return made


@pytest.fixture
def call(session, client, work, people):
    """Ask the API for something on behalf of somebody at some moment, and do what follows."""

    async def asked(moment, name, method, path, json=None, **sent):
        with clock.set_to(moment):
            headers = await bearer(session, people[name])
            await session.commit()
            answer = await client.request(
                method, f"/api/v1{path}", headers=headers, json=json, **sent
            )
            assert answer.is_success, answer.text
            await work()
        return answer.json() if answer.content else None

    return asked


@pytest.fixture
async def group(people, call):
    """The group, with all but Mo let in."""
    draft = {"name": "Innovationskreis Mobilität", "admission": "on_request"}
    made = await call(TUESDAY, "Jonas Terhorst", "POST", "/groups", draft)
    here = f"/groups/{made['id']}"
    for name in ("Lena Oberste", "Kim Jaspert", "Mo Yilmaz"):
        await call(TUESDAY, name, "PUT", f"{here}/membership")
    for name in ("Lena Oberste", "Kim Jaspert"):
        member = f"{here}/members/{people[name].id}"
        await call(TUESDAY, "Jonas Terhorst", "PATCH", member, {"standing": "member"})
    return made


@pytest.fixture
def post(call, group):
    async def posted(moment, name, title, **draft):
        given = {"details": {"kind": "question"}, "title": title, "body": "Wer weiß es?", **draft}
        return await call(moment, name, "POST", f"/groups/{group['id']}/posts", given)

    return posted


@pytest.fixture
def passes(runtime, work):
    """Let the worker's clock strike."""

    async def struck(moment):
        with clock.set_to(moment):
            async with transaction(runtime.sessions) as tx:
                await announce_due(tx)
            await work()

    return struck


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


async def test_members_get_it_on_monday_without_having_asked_and_only_if_something_is_new(
    session, call, group, post, passes, digests
):
    await passes(MONDAY)
    assert digests() == {}  # nobody has written anything
    tuesday = MONDAY + timedelta(days=1)
    files = {"file": ("Ladepunkte.pdf", a_pdf(), "application/pdf")}
    plan = await call(
        tuesday, "Jonas Terhorst", "POST", "/media", files=files, data={"alt": "Lageplan"}
    )
    await post(tuesday, "Jonas Terhorst", "Wer teilt sich einen Ladepunkt?")
    await post(tuesday, "Jonas Terhorst", "Der Lageplan", attachments=[plan["id"]])
    await post(tuesday, "Lena Oberste", "Parkhaus am Zollhof")
    assert digests() == {}
    await passes(MONDAY + WEEK - timedelta(minutes=1))
    assert digests() == {}
    await passes(MONDAY + WEEK)
    mails = digests()
    assert set(mails) == {"Jonas Terhorst", "Lena Oberste", "Kim Jaspert"}  # Mo still waits
    here = f"http://testserver/groups/{group['slug']}"
    assert (
        "das ist neu für Sie bei Kontor:\n\n"
        "Gruppen\n"
        "- 3 neue Beiträge in der Gruppe „Innovationskreis Mobilität“. "
        "(Wer teilt sich einen Ladepunkt? · Der Lageplan · Parkhaus am Zollhof)\n"
        f"  {here}\n\n"
    ) in text_of(mails["Kim Jaspert"])
    assert "(Wer teilt sich einen Ladepunkt? · Der Lageplan)" in text_of(mails["Lena Oberste"])
    own = mails["Jonas Terhorst"]  # what one has written oneself is no news
    alone = "Neu in der Gruppe „Innovationskreis Mobilität“: „Parkhaus am Zollhof“."
    assert own["Subject"] == alone
    html = mails["Kim Jaspert"].get_body(("html",)).get_content()
    assert f'href="{here}"' in html
    assert "Der Lageplan" in html
    assert not re.search(r"<img|src=|url\(", html)  # nothing that would tell when it is read
    await passes(MONDAY + WEEK)
    await passes(MONDAY + 2 * WEEK)
    assert digests() == {}  # each thing is told once
    assert await session.scalar(select(func.count()).select_from(NotificationSetting)) == 0


async def test_a_mail_program_stops_it_for_one_reader_without_a_cookie(
    session, call, clients, people, group, post, passes, digests
):
    await post(TUESDAY, "Jonas Terhorst", "Wer teilt sich einen Ladepunkt?")
    await passes(MONDAY)
    mails = digests()
    assert mails["Kim Jaspert"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.match(r"<http://testserver(/[^>]+)>", mails["Kim Jaspert"]["List-Unsubscribe"])[1]
    program = clients("203.0.113.7")
    with clock.set_to(MONDAY):
        answer = await program.post(link, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.has_redirect_location) == (200, False)
    assert not program.cookies
    await post(MONDAY, "Jonas Terhorst", "Der Lageplan")
    await passes(MONDAY + WEEK)
    mails = digests()
    assert set(mails) == {"Lena Oberste"}
    email = select(Account.email).where(Account.id == people["Lena Oberste"].account_id)
    assert mails["Lena Oberste"]["To"] == await session.scalar(email)
    inbox = await call(MONDAY + WEEK, "Kim Jaspert", "GET", "/notifications")
    assert "2 neue Beiträge" in inbox["items"][0]["text"]  # here they are told all the same
