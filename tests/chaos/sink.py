"""A mail server that accepts everything, slowly, and counts each message it was handed."""

import asyncio
import threading
from collections import Counter, defaultdict
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_SECONDS_BEFORE_ACCEPTING = 0.02  # in which a worker may die with the message already counted


class Sink:
    """Counts copies by recipient and Message-ID."""

    def __init__(self) -> None:
        self.copies: dict[str, Counter[str]] = defaultdict(Counter)
        self._lock = threading.Lock()

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message_id = str(message_from_bytes(content)["Message-ID"])
        with self._lock:
            for recipient in envelope.rcpt_tos:
                self.copies[recipient][message_id] += 1
        await asyncio.sleep(_SECONDS_BEFORE_ACCEPTING)
        return "250 OK"

    @property
    def handed(self) -> int:
        """How many messages came, copies included."""
        with self._lock:
            return sum(sum(of_one.values()) for of_one in self.copies.values())


def served(sink: Sink, port: int) -> Controller:
    return Controller(sink, hostname="127.0.0.1", port=port)
