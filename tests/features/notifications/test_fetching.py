"""Answers by mail that lie in a mailbox, read by IMAP from a server of the test."""

import time

import pytest
from procrastinate.testing import InMemoryConnector
from pydantic import ValidationError
from sqlalchemy import select
from structlog.testing import capture_logs

from app.core import events
from app.core.db import transaction
from app.core.ids import new_id
from app.core.imap import LARGEST
from app.core.settings import Imap, Inbound
from app.features.notifications.fetching import MOST_FAILURES, read_mailbox
from app.features.notifications.reply_addresses import reply_address
from app.models.posts import Reply
from tests.features.notifications.test_answering import an_answer, bodies
from tests.features.posts.arranging import a_post, a_reply
from tests.mailboxes import NAME, PASSWORD, mail_server
from tests.makers import a_person
from tests.sinks import certified

SEEN, FLAGGED = {"\\Seen"}, {"\\Flagged"}


@pytest.fixture
def reads(configure):
    """Has the mailbox of a server read."""

    def from_(server, **settings):
        given = {"PORT": server.port, "SECURITY": "none", "PASSWORD": PASSWORD, **settings}
        configure(
            INBOUND__DOMAIN="antwort.kontor.example",
            INBOUND__IMAP__HOST="127.0.0.1",
            INBOUND__IMAP__USERNAME=NAME,
            **{f"INBOUND__IMAP__{name}": str(value) for name, value in given.items()},
        )

    return from_


@pytest.fixture
def run(runtime):
    async def in_transaction(work):
        async with transaction(runtime.sessions) as session:
            await work(session)

    return in_transaction


@pytest.fixture
async def asked(session, runtime, work, outbox, configure):
    """Ada has asked, Kim has answered: Ada's address, and that to which she answers."""
    configure(INBOUND__DOMAIN="antwort.kontor.example", INBOUND__SECRET="x" * 32)
    ada, kim = await a_person(session, "Ada Vogt"), await a_person(session, "Kim Jaspert")
    post = await a_post(session, ada)
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await a_reply(tx, kim, post)
    await work()
    [(address, mail)] = outbox.outbox
    outbox.outbox.clear()
    return address, str(mail["Reply-To"])


def saying(asked, *texts):
    return [an_answer(*asked, text).as_bytes() for text in texts]


@pytest.mark.parametrize(
    ("capabilities", "password", "folder"),
    [("IMAP4rev1 AUTH=PLAIN", PASSWORD, "INBOX"), ("IMAP4rev1", "plain", 'Eingang "neu"')],
)
async def test_what_lies_in_the_mailbox_is_taken_once_and_then_read(
    session, run, reads, asked, capabilities, password, folder
):
    async with mail_server(capabilities=capabilities, folder=folder) as server:
        reads(server, PASSWORD=password, FOLDER=folder)
        server.put(*saying(asked, "Am Donnerstag.", "Um zehn."), b"", b"\xff\x00 Unfug")
        with capture_logs() as logs:
            await read_mailbox(run)
        assert server.flags == [SEEN, SEEN, SEEN, SEEN]
        assert logs == [{"event": "mailbox.read", "log_level": "info", "taken": 2, "ignored": 2}]
        server.put(*saying(asked, "Um zehn."))  # the same message again
        server.said.clear()
        await read_mailbox(run)
        assert len([line for line in server.said if "FETCH" in line]) == 1
        assert server.said[-1] == "LOGOUT"
        assert server.flags[-1] == SEEN
    assert await bodies(session) == ["Am Donnerstag.", "Um zehn."]


async def test_a_mail_stays_unread_until_what_became_of_it_is_committed(
    session, runtime, run, reads, asked
):
    async def dies_before_the_commit(work):
        async with transaction(runtime.sessions) as tx:
            await work(tx)
            raise ConnectionResetError

    async def dies_after_the_commit(work):
        await run(work)
        raise ConnectionResetError

    async with mail_server() as server:
        reads(server)
        server.put(*saying(asked, "Am Donnerstag."))
        with capture_logs():
            await read_mailbox(dies_before_the_commit)
        assert server.flags == [FLAGGED]
        assert await bodies(session) == []
        with capture_logs():
            await read_mailbox(dies_after_the_commit)
        assert server.flags == [FLAGGED]
        await read_mailbox(run)
        assert server.flags == [FLAGGED | SEEN]
    assert await bodies(session) == ["Am Donnerstag."]


async def test_a_mail_that_cannot_be_taken_does_not_hold_up_the_others(
    session, runtime, run, reads, asked
):
    broken = 3

    async def stumbles(work):
        nonlocal broken
        broken -= 1
        if broken >= 0:
            raise ValueError
        await run(work)

    async with mail_server() as server:
        reads(server)
        server.put(*saying(asked, "Eins.", "Zwei.", "Drei.", "Vier."))
        with capture_logs() as logs:
            await read_mailbox(stumbles)
        assert server.flags == [FLAGGED, FLAGGED, FLAGGED, SEEN]
        assert [one["event"] for one in logs].count("mailbox.not_taken") == 3
        server.put(*saying(asked, "Fünf."))
        await read_mailbox(run)
    assert await bodies(session) == ["Vier.", "Fünf.", "Eins.", "Zwei.", "Drei."]


async def test_a_mail_that_is_not_there_when_it_is_asked_for_is_not_taken_for_read(
    session, run, reads, asked
):
    async with mail_server() as server:
        reads(server)
        server.put(None, *saying(asked, "Am Donnerstag."))
        with capture_logs() as logs:
            await read_mailbox(run)
        assert server.flags == [FLAGGED, SEEN]
        assert [one["event"] for one in logs] == ["mailbox.unreadable", "mailbox.read"]
    assert await bodies(session) == ["Am Donnerstag."]


async def test_a_round_ends_when_nothing_can_be_taken(run, reads, asked):
    async def fails(work):
        raise ConnectionResetError

    async with mail_server() as server:
        reads(server)
        server.put(*saying(asked, *"abcdefgh"))
        with capture_logs():
            await read_mailbox(fails)
        assert server.flags.count(FLAGGED) == MOST_FAILURES < len(server.mails)


async def test_of_a_large_mail_the_text_is_taken(session, run, reads, asked, work, outbox):
    mail = an_answer(*asked, "Anbei die Pläne.")
    mail.add_attachment(b"x" * LARGEST, maintype="application", subtype="pdf", filename="plan.pdf")
    async with mail_server() as server:
        reads(server)
        server.put(mail.as_bytes())
        await read_mailbox(run)
        assert server.flags == [SEEN]
    assert await bodies(session) == ["Anbei die Pläne."]
    await work()
    texts = [one.get_body(("plain",)).get_content() for _, one in outbox.outbox]
    assert any("ohne die Dateien" in text for text in texts)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_the_password_is_said_only_to_a_server_that_proves_who_it_is(
    tmp_path, monkeypatch, run, reads, security
):
    known = certified(tmp_path, "127.0.0.1").server
    at_once = known if security == "tls" else None
    capabilities = f"IMAP4rev1 AUTH=PLAIN {security.upper()}"
    async with mail_server(at_once=at_once, tls=known, capabilities=capabilities) as server:
        reads(server, SECURITY=security)
        with capture_logs() as logs:
            await read_mailbox(run)
        assert [one["event"] for one in logs] == ["mailbox.away"]
        assert not [line for line in server.said if line.startswith(("AUTH", "LOGIN"))]
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "127.0.0.1.pem"))
        await read_mailbox(run)
        assert server.said[-1] == "LOGOUT"


async def test_a_server_that_is_away_refuses_or_is_silent_is_left_for_the_next_time(run, reads):
    async with mail_server() as server:
        for wrong in ({"PASSWORD": "falsch"}, {"FOLDER": "Archiv"}):
            reads(server, **wrong)
            with capture_logs() as logs:
                await read_mailbox(run)
            assert [one["event"] for one in logs] == ["mailbox.away"]
            assert "falsch" not in str(logs)
    with capture_logs() as logs:
        await read_mailbox(run)  # nobody listens any more
    assert [one["event"] for one in logs] == ["mailbox.away"]
    async with mail_server(is_silent=True) as server:
        reads(server, TIMEOUT_SECONDS=0.05)
        began = time.monotonic()
        await read_mailbox(run)
        assert time.monotonic() - began < 2


async def test_the_worker_reads_the_mailbox_and_nothing_waits_for_it(session, run, reads, asked):
    connector = InMemoryConnector()
    async with mail_server() as server, events.queue(connector, run).open_async() as queue:
        reads(server)
        server.put(*saying(asked, "Am Donnerstag."))
        task = queue.tasks["app.features.notifications.fetching.read_mailbox"]
        await task.defer_async(timestamp=0)
        [job] = connector.jobs.values()
        assert (task.name, "") in queue.periodic_registry.periodic_tasks
        assert job["queue_name"] == events.Lane.OUTGOING
        assert job["lock"] == job["queueing_lock"] == task.name
        await task(timestamp=0)
    assert await session.scalar(select(Reply.body).where(Reply.body == "Am Donnerstag."))


def test_a_mailbox_is_complete_or_there_is_none():
    for wrong in ({"host": "imap.example"}, {"folder": "Eingänge"}, {"folder": "a\r\nb"}):
        with pytest.raises(ValidationError):
            Imap(**wrong)
    mailbox = Imap(host="imap.example", username="antwort", password="geheim")
    with pytest.raises(ValidationError, match="KONTOR_INBOUND__DOMAIN"):
        Inbound(imap=mailbox)
    assert Inbound(domain="antwort.example", imap=mailbox).takes_mail
    for nothing in ({}, {"secret": ""}, {"imap": Imap(host="")}):
        assert not Inbound(domain="antwort.example", **nothing).takes_mail


async def test_addresses_to_answer_stand_in_mails_where_a_mailbox_is_read(reads):
    async with mail_server() as server:
        reads(server)
        assert reply_address(new_id()).endswith("@antwort.kontor.example")
