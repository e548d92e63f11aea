"""Mail that comes in: what a message from outside says, read with care.

Nothing in it is trusted. Who sent it is what it claims; only a mail server of ours can say more,
in ``Authentication-Results``.
"""

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser
from typing import Final

from mailparser_reply import EmailReplyParser
from typing_extensions import override

MAX_TEXT: Final = 100_000  # characters that are looked at; what is cut off is quoted anyway
_AUTOMATIC: Final = ("x-autoreply", "x-autorespond", "x-autoresponder", "list-id", "feedback-id")
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_LINE_ENDS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3"})
_NOT_SAID: Final = frozenset({"blockquote", "head", "script", "style", "title"})
_QUOTES: Final = ("gmail_quote", "moz-cite-prefix", "yahoo_quoted")
_NOT_WRITTEN: Final = re.compile(
    r">|(von|aus) mein\w+ .{1,40} gesendet|gesendet (von|mit) |sent (from|with) |get outlook for ",
    re.IGNORECASE,
)
_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message: who it claims to be from, for whom it is, and what is new in it."""

    key: bytes
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    has_files: bool
    is_automatic: bool
    results: tuple[str, ...]

    def passed(self, authority: str) -> bool:
        """Whether our mail server says that the message is from whom it claims to be from.

        The first such header is the newest; those below may have come with the message.
        """
        for one in self.results:
            named, _, found = one.partition(";")
            if named.strip().split(" ")[0].casefold() == authority.casefold():
                return bool(re.search(r"\bdmarc\s*=\s*pass\b", found, re.IGNORECASE))
        return False


def read_mail(raw: bytes) -> Incoming:
    """Read a message as it came over the wire (RFC 5322)."""
    mail = message_from_bytes(raw, policy=policy.default)
    named = [str(one) for name in ("delivered-to", "to", "cc") for one in mail.get_all(name, [])]
    message_id = str(mail.get("message-id", "")).strip()
    return Incoming(
        key=hashlib.sha256(message_id.encode() or raw).digest(),
        sender=parseaddr(str(mail.get("from", "")))[1],
        recipients=tuple(address.casefold() for _, address in getaddresses(named) if address),
        subject=" ".join(str(mail.get("subject", "")).split()),
        text=new_text(_body(mail)[:MAX_TEXT]),
        has_files=any(part.is_attachment() for part in mail.walk()),
        is_automatic=_is_automatic(mail),
        results=tuple(str(one) for one in mail.get_all("authentication-results", [])),
    )


def new_text(body: str) -> str:
    """Return what somebody wrote, without what they quote and without their signature."""
    parsed = EmailReplyParser(languages=["de", "en"]).read(body)
    said = parsed.replies[0].body if parsed.replies else ""
    lines = said.splitlines()
    while lines and (not lines[-1].strip() or _NOT_WRITTEN.match(lines[-1])):
        lines.pop()
    return "\n".join(lines).strip()


def _is_automatic(mail: EmailMessage) -> bool:
    """Whether a program wrote the message: an absence notice, a bounce, a list (RFC 3834)."""
    auto = str(mail.get("auto-submitted", "no")).split(";")[0].strip().casefold()
    return (
        auto != "no"
        or str(mail.get("precedence", "")).strip().casefold() in _BULK
        or any(name in mail for name in _AUTOMATIC)
        or str(mail.get("return-path", "")).strip() == "<>"
        or mail.get_content_type() == "multipart/report"
        or parseaddr(str(mail.get("from", "")))[1].casefold().startswith("mailer-daemon@")
    )


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, UnicodeError):  # a charset that nobody knows
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if part.get_content_type() != "text/html":
        return content
    reading = _Reading()
    reading.feed(content)
    return reading.text


class _Reading(HTMLParser):
    """Reads the text of an HTML message, but for what it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._open: list[bool] = []  # for each open element, whether what is in it is not said

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = dict(attrs).get("class") or ""
        if tag in _LINE_ENDS and self.text and not self.text.endswith("\n"):
            self.text += "\n"
        if tag not in _VOID:
            self._open.append(tag in _NOT_SAID or any(one in classes for one in _QUOTES))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self._open:
            self._open.pop()

    @override
    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.text += re.sub(r"\s+", " ", data)
