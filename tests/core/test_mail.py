"""Mail: what is composed, where it goes, and what a mail server makes of it."""

import asyncio
import contextlib
import socket
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from hypothesis import given, settings, strategies as st
from pydantic import SecretStr

from app.core import mail
from app.core.clock import now
from app.core.letters import Enclosure, Picture
from app.core.mail import (
    Mail,
    Mailbox,
    MailDeferred,
    MailRejected,
    Memory,
    Smtp,
    Spool,
    compose,
)
from app.core.settings import Smtp as SmtpSettings

SENDER = Mailbox("kontor@kontor.example", "Lena Hoffmann via Kontor")
MAIL = Mail(
    to="emre@firma.example",
    subject="Ihre Anfrage: Fräsen über 6,5 m",
    text="Guten Tag,\n.\nFrom hier an ü €\n" + "x" * 1_500,
    message_id="0198c1d2-7a@kontor.example",
    html="<p>Guten Tag</p>",
    headers={"List-Unsubscribe": f"<https://kontor.example/{'a' * 300}>"},
    locale="de",
)
FIELDS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"),
    *("Content-Language", "Content-Type", "Content-Transfer-Encoding"),
}
INJECTIONS = [
    "x\r\nBcc: evil@evil.example",
    "x\nBcc: evil@evil.example",
    "x\rBcc: evil@evil.example",
    "x\x0bBcc: evil@evil.example",
    "x\u2028Bcc: evil@evil.example",
    "x\x85Bcc: evil@evil.example",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\0y",
    "x\ud800y",
    "\u202egro.live",
    "=?utf-8?q?x=0D=0ABcc:_evil=40evil.example?=",
    '"x" <evil@evil.example>',
    "evil@evil.example, b@c.example",
    "a" * 5_000,
    "ü" * 5_000,
    "%s {0.__class__} {{7*7}}",
    "",
    " ",
]
REJECTED = [
    "=?utf-8?q?x=40evil.example=2c?=@chamber.example",
    "ü@b.example",
    "a@b.example\r\nBcc: evil@evil.example",
    "a@b.example, evil@evil.example",
    "<a@b.example>",
    "nobody",
    "",
]


def as_read(message):
    return message_from_bytes(message.as_bytes(), policy=policy.SMTP)


def with_(**changes):
    given = {name: getattr(MAIL, name) for name in Mail.__slots__}
    return Mail(**given | changes)


def test_a_message_says_what_it_was_meant_to_say():
    message = as_read(compose(MAIL, SENDER))
    assert str(message["From"]) == "Lena Hoffmann via Kontor <kontor@kontor.example>"
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert message["Message-ID"] == f"<{MAIL.message_id}>"
    assert (message["Content-Language"], message["Auto-Submitted"]) == ("de", "auto-generated")
    assert abs((parsedate_to_datetime(message["Date"]) - now()).total_seconds()) < 60
    text, html = message.iter_parts()
    assert text.get_content().splitlines() == MAIL.text.splitlines()
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", MAIL.html)


def test_a_picture_stands_in_the_html_and_files_beside_both_forms_of_the_text():
    picture = Picture(content=bytes(range(256)), text="Ein Code")
    file = Enclosure(
        name="termin.ics", media_type="text/calendar", content="Grüße\r\n".encode(),
        parameters={"method": "PUBLISH", "charset": "utf-8"},
    )  # fmt: skip
    message = as_read(compose(with_(picture=picture, enclosures=[file]), SENDER))
    assert (message["Content-Language"], message["List-Unsubscribe"]) == (
        "de", MAIL.headers["List-Unsubscribe"]
    )  # fmt: skip
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain",
        "multipart/related", "text/html", "image/png", "text/calendar",
    ]  # fmt: skip
    assert message.get_body(("plain",)).get_content().splitlines() == MAIL.text.splitlines()
    [enclosed] = message.iter_attachments()
    assert (enclosed.get_filename(), enclosed.get_content()) == ("termin.ics", "Grüße\r\n")
    shown = next(part for part in message.walk() if part.get_content_maintype() == "image")
    assert shown["Content-ID"] == f"<{picture.content_id}>"
    assert (shown.get_content(), shown.get_content_disposition()) == (picture.content, "inline")
    without = as_read(compose(with_(picture=picture, html=None), SENDER))
    assert without.get_content_type() == "text/plain"  # no form of it could show the picture


def test_the_line_to_unsubscribe_stays_readable_to_machines():
    line = f"List-Unsubscribe: {MAIL.headers['List-Unsubscribe']}\r\n".encode()
    assert line in compose(MAIL, SENDER).as_bytes()


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_subject_name_or_text_adds_a_recipient(text):
    message = as_read(
        compose(with_(subject=text, text=text, html=None), Mailbox(SENDER.address, text))
    )
    assert set(message.keys()) <= FIELDS | {"List-Unsubscribe"}
    assert [address.addr_spec for address in message["To"].addresses] == [MAIL.to]
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER.address]
    assert "@" not in message["From"].addresses[0].display_name
    assert not set(str(message["Subject"])) & set("\r\n\0\u202e")


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=250), st.text(max_size=120))
def test_every_subject_and_name_can_be_sent(subject, name):
    message = as_read(compose(with_(subject=subject), Mailbox(SENDER.address, name)))
    assert [address.addr_spec for address in message["To"].addresses] == [MAIL.to]
    assert all(len(line) <= 998 for line in message.as_bytes().split(b"\r\n"))


@pytest.mark.parametrize("address", REJECTED)
def test_an_address_that_could_reach_somebody_else_is_rejected(address):
    with pytest.raises(MailRejected):
        compose(with_(to=address), SENDER)
    with pytest.raises(MailRejected):
        compose(MAIL, Mailbox(address))


@pytest.mark.parametrize("name", ["Bcc", "to", "FROM", "X:\r\nBcc", "Content-Type", "Return-Path"])
def test_callers_set_no_header_that_decides_the_recipient(name):
    with pytest.raises(ValueError, match="header"):
        compose(with_(headers={name: "evil@evil.example"}), SENDER)


def test_a_header_value_cannot_hold_a_second_header():
    message = as_read(compose(with_(headers={"List-Id": "x\r\nBcc: evil@evil.example"}), SENDER))
    assert "Bcc" not in message


@pytest.mark.parametrize("message_id", ["", "a b@c.example", "a@b\r\nBcc: c@d.example", "<a@b>"])
def test_a_message_id_has_its_form(message_id):
    with pytest.raises(ValueError, match="message id"):
        compose(with_(message_id=message_id), SENDER)


@pytest.mark.anyio
async def test_the_spool_holds_each_message_once(tmp_path):
    spool = Spool(tmp_path / "mail")
    for _ in range(2):
        await spool.deliver(compose(MAIL, SENDER), sender=SENDER.address, recipient=MAIL.to)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name.startswith("0198c1d2-7a-")
    assert file.suffix == ".eml"
    message = message_from_bytes(file.read_bytes(), policy=policy.SMTP)
    assert (message["Delivered-To"], message["Subject"]) == (MAIL.to, MAIL.subject)


@pytest.mark.anyio
async def test_tests_read_mail_from_memory():
    memory = Memory()
    message = compose(MAIL, SENDER)
    await memory.deliver(message, sender=SENDER.address, recipient=MAIL.to)
    assert memory.outbox == [(MAIL.to, message)]


class Sink:
    """A mail server that keeps what it gets, or answers as told."""

    def __init__(self, rcpt="250 OK", data="250 OK"):
        self.rcpt, self.data, self.envelopes = rcpt, data, []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        return self.data


def serve(sink, **options):
    with socket.socket() as free:  # aiosmtpd must know its port beforehand
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port, **options)
    controller.start()
    return controller


def to(controller, **options) -> Smtp:
    given = {"security": "none", "timeout_seconds": 5} | options
    return Smtp(SmtpSettings(host="127.0.0.1", port=controller.port, **given))


@pytest.mark.anyio
async def test_a_mail_server_gets_one_envelope_and_the_exact_message():
    sink = Sink()
    controller = serve(sink)
    message = compose(MAIL, SENDER)
    try:
        await to(controller).deliver(message, sender="bounce+1@kontor.example", recipient=MAIL.to)
    finally:
        controller.stop()
    (envelope,) = sink.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bounce+1@kontor.example", [MAIL.to])
    assert envelope.original_content == message.as_bytes()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("sink", "outcome"),
    [
        (Sink(rcpt="550 5.1.1 no such mailbox"), MailRejected),
        (Sink(rcpt="451 4.7.1 greylisted"), MailDeferred),
        (Sink(rcpt="452 4.2.2 full"), MailDeferred),
        (Sink(data="554 5.7.1 spam"), MailRejected),
        (Sink(data="421 4.3.0 later"), MailDeferred),
    ],
)
async def test_only_a_final_no_rejects_a_mail(sink, outcome):
    controller = serve(sink)
    try:
        with pytest.raises(outcome):
            await to(controller).deliver(
                compose(MAIL, SENDER), sender=SENDER.address, recipient=MAIL.to
            )
    finally:
        controller.stop()


@pytest.mark.anyio
async def test_a_server_that_is_away_or_offers_no_tls_puts_mail_off():
    controller = serve(Sink())
    message = compose(MAIL, SENDER)
    try:
        with pytest.raises(MailDeferred):
            await to(controller, security="starttls").deliver(
                message, sender=SENDER.address, recipient=MAIL.to
            )
    finally:
        controller.stop()
    with pytest.raises(MailDeferred):
        await to(controller).deliver(message, sender=SENDER.address, recipient=MAIL.to)


@pytest.mark.anyio
async def test_a_server_that_takes_its_time_for_every_step_does_not_keep_a_mail(monkeypatch):
    async def drip(_reader, writer):
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while True:
                writer.write(b"220-wait\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)

    monkeypatch.setattr(mail, "LONGEST_SECONDS", 0.1)
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        where = SmtpSettings(
            host="127.0.0.1", port=server.sockets[0].getsockname()[1], security="none"
        )
        message = compose(MAIL, SENDER)
        sending = Smtp(where).deliver(message, sender=SENDER.address, recipient=MAIL.to)
        with pytest.raises(MailDeferred):
            await asyncio.wait_for(sending, timeout=5)  # well before the wait for one answer ends


@pytest.mark.anyio
async def test_a_wrong_password_of_the_operator_loses_no_mail():
    def authenticate(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and data.password == b"richtig"
        return AuthResult(success=right, handled=False)

    sink = Sink()
    controller = serve(sink, authenticator=authenticate, auth_require_tls=False)
    message = compose(MAIL, SENDER)
    login = {"username": "kontor", "password": SecretStr("falsch")}
    try:
        with pytest.raises(MailDeferred) as caught:
            await to(controller, **login).deliver(message, sender=SENDER.address, recipient=MAIL.to)
        assert "falsch" not in str(caught.value)
        login["password"] = SecretStr("richtig")
        await to(controller, **login).deliver(message, sender=SENDER.address, recipient=MAIL.to)
    finally:
        controller.stop()
    assert len(sink.envelopes) == 1
