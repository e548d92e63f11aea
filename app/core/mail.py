"""Mail: composing a message that goes to one address and to no other, and handing it over.

What the standard library writes is read again and compared before anything leaves, because
header injection hides in the difference between the two.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, Protocol

import aiosmtplib
import anyio.to_thread
from typing_extensions import override

from app.core.addresses import read_address
from app.core.clock import now
from app.core.i18n import DEFAULT_LOCALE, Locale
from app.core.letters import Enclosure, Picture
from app.core.settings import Smtp as SmtpSettings
from app.core.storage import write_atomically

MAX_SUBJECT: Final = 200  # characters
MAX_DISPLAY_NAME: Final = 100  # characters
MAX_HEADER: Final = 900  # characters; a line of mail has at most 998
# For one message, however many steps a server takes its time for: the transaction that will say
# that it was sent must still be there then, or the message would go out twice.
LONGEST_SECONDS: Final = 240
_PERMANENT: Final = 500  # RFC 5321, 4.2.1: from here on, the server does not want another try
_FOLDED: Final = frozenset({"content-type", "from", "to"})
_OPEN_TO_CALLERS: Final = frozenset(
    {"auto-submitted", "list-id", "list-unsubscribe", "list-unsubscribe-post", "precedence"}
    | {"in-reply-to", "references", "reply-to"}
)


class _Policy(policy.EmailPolicy):
    """Folding that can be read back, where the standard library's cannot.

    It encodes long addresses of web pages, which no mail program decodes, and mixes plain and
    encoded words in a subject in ways that change it.
    """

    @override
    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _FOLDED:
            return super().fold_binary(name, value)
        if not value.isascii():
            value = Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
        return f"{name}: {value}\r\n".encode("ascii")


_POLICY: Final = _Policy(linesep="\r\n")


class MailRejected(Exception):  # noqa: N818 - an outcome, not a fault
    """Nobody will ever get that mail; trying again is of no use."""


class MailDeferred(Exception):  # noqa: N818 - an outcome, not a fault
    """The mail could not be delivered now; it should be tried again."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address.

    ``message_id`` (``…@domain``, without brackets) is the caller's and stays the same when a job
    is tried again, so that mail programs recognise a second copy. ``picture`` comes with ``html``,
    which names it as ``cid:``.
    """

    to: str
    subject: str
    text: str
    message_id: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    locale: Locale = DEFAULT_LOCALE
    picture: Picture | None = None
    enclosures: Sequence[Enclosure] = ()


def _one_line(text: str, limit: int) -> str:
    """Return text fit for a header: no control character, no line break, no lone surrogate."""
    text = re.sub("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", " ", text)
    text = " ".join(_encodable(text).replace("=?", "= ?").split())  # not an encoded word
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _encodable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _mailbox(box: Mailbox) -> Address:
    try:
        address = read_address(box.address)
    except ValueError:
        msg = "not an address that mail is sent to"
        raise MailRejected(msg) from None
    username, _, domain = address.rpartition("@")
    # Nothing in a name may look like an address: mail programs show it in its place.
    name = _one_line(re.sub(r'[<>@"\\]', " ", box.name), MAX_DISPLAY_NAME)
    return Address(name, username, domain)


def compose(mail: Mail, sender: Mailbox) -> EmailMessage:
    """Build the message; ``MailRejected`` if it would not go to ``mail.to`` and nowhere else."""
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,120}@[A-Za-z0-9.-]{1,120}", mail.message_id):
        msg = "a message id looks like 0198c1d2@kontor.example"
        raise ValueError(msg)
    message = EmailMessage(policy=_POLICY)
    message["From"] = _mailbox(sender)
    message["To"] = _mailbox(Mailbox(mail.to))
    message["Subject"] = _one_line(mail.subject, MAX_SUBJECT)
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, given in mail.headers.items():
        value = _one_line(given, MAX_HEADER)
        if name.lower() not in _OPEN_TO_CALLERS or not value.isascii():
            msg = f"the header {name!r} cannot be set like this"
            raise ValueError(msg)
        del message[name]
        message[name] = value
    _fill(message, mail)
    message["Content-Language"] = mail.locale  # set_content forgets it
    _compare(message)
    return message


def _fill(message: EmailMessage, mail: Mail) -> None:
    """Write the text, and the HTML with its picture as another form of it; then enclose files."""
    message.set_content(_encodable(mail.text), cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(_encodable(mail.html), subtype="html", cte="quoted-printable")
    html = message.get_body(("html",))
    if mail.picture and html:
        drawn, content_id = mail.picture.content, f"<{mail.picture.content_id}>"
        html.add_related(drawn, "image", "png", cid=content_id, disposition="inline")
        html.set_param("type", "text/html")  # what it begins with (RFC 2387, 3.1)
    for one in mail.enclosures:
        main, _, sub = one.media_type.partition("/")
        params = dict(one.parameters)
        message.add_attachment(one.content, main, sub, filename=one.name, params=params)


def _compare(message: EmailMessage) -> None:
    """Refuse a message that reads otherwise than it was meant."""
    read = message_from_bytes(message.as_bytes(), policy=_POLICY)
    same = read.keys() == message.keys() and read["Subject"] == message["Subject"]
    same = same and _kinds(read) == _kinds(message)
    for name in ("From", "To"):
        same = same and _addresses(read[name]) == _addresses(message[name])
    if not same:
        msg = "the message reads otherwise than it was meant"
        raise MailRejected(msg)


def _kinds(message: Any) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def _addresses(header: Any) -> list[str]:
    return [address.addr_spec for address in header.addresses]


class Transport(Protocol):
    """What takes a composed message to its recipient."""

    async def deliver(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand over one message with an explicit envelope.

        ``MailDeferred`` asks for another try, ``MailRejected`` says there is no use in one.
        """


class Spool(Transport):
    """Mail as ``.eml`` files in a folder, until there is a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    async def deliver(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Write the file; delivering the same message again replaces it."""
        message_id = str(message["Message-ID"])
        readable = re.sub("[^A-Za-z0-9-]", "", message_id.partition("@")[0])[:60]
        name = f"{readable}-{hashlib.sha256(message_id.encode()).hexdigest()[:8]}.eml"
        envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode("ascii")
        content = envelope + message.as_bytes()
        await anyio.to_thread.run_sync(write_atomically, self._folder / name, content)


class Smtp(Transport):
    """A mail server, one connection for each message."""

    def __init__(self, settings: SmtpSettings) -> None:
        if settings.host is None:
            msg = "the mail server has no host"
            raise ValueError(msg)
        self._host = settings.host
        self._settings = settings

    @override
    async def deliver(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        server = self._settings
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await aiosmtplib.send(
                    message.as_bytes(),
                    sender=sender,
                    recipients=[recipient],
                    hostname=self._host,
                    port=server.port,
                    username=server.username,
                    password=server.password.get_secret_value() if server.password else None,
                    use_tls=server.security == "tls",
                    start_tls=server.security == "starttls",
                    timeout=server.timeout_seconds,
                )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _outcome(error) from error


def _outcome(error: Exception) -> MailDeferred | MailRejected:
    """Tell a refusal of this recipient or content from trouble that passes or can be repaired."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
    elif isinstance(error, aiosmtplib.SMTPDataError):
        codes = [error.code]
    else:
        return MailDeferred(type(error).__name__)
    if all(code >= _PERMANENT for code in codes):
        return MailRejected(f"refused with {codes}")
    return MailDeferred(f"put off with {codes}")


class Memory(Transport):
    """The mail of a test, in the order of delivery."""

    def __init__(self) -> None:
        self.outbox: list[tuple[str, EmailMessage]] = []

    @override
    async def deliver(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Keep the message beside its recipient."""
        self.outbox.append((recipient, message))
