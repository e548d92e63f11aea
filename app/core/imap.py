"""A mailbox at a mail server, read by IMAP (RFC 3501).

The standard library's client blocks, so every step is taken in a thread. What it brings is left
unread until it is marked; mails that could not be taken are flagged, and come last from then on.
"""

import contextlib
import imaplib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread

from app.core.settings import Imap

# Bytes of one mail that are fetched. Its text stands before its files, and a file that is cut off
# is still known to be one.
LARGEST: Final = 1024 * 1024

T = TypeVar("T")


class MailboxAway(Exception):  # noqa: N818 - an outcome, not a fault
    """The mailbox cannot be read now."""


class Folder:
    """The folder in which mail arrives, while it is open."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client

    async def waiting(self) -> list[str]:
        """Return the mails that nobody has taken, the oldest first, those in trouble last."""
        fresh = await self._said("SEARCH", "UNDELETED UNSEEN UNFLAGGED")
        in_trouble = await self._said("SEARCH", "UNDELETED UNSEEN FLAGGED")
        return [uid for found in (*fresh, *in_trouble) for uid in (found or b"").decode().split()]

    async def read(self, uid: str) -> bytes | None:
        """Return a mail as it came, at most ``LARGEST`` bytes of it; None if it is gone."""
        for part in await self._said("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)"):
            if isinstance(part, tuple) and b"BODY[]" in part[0]:
                return bytes(part[1])
        return None

    async def mark_taken(self, uid: str) -> None:
        """Have a mail never come again."""
        await self._said("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    async def mark_in_trouble(self, uid: str) -> None:
        """Have a mail come again, but after the others."""
        await self._said("STORE", uid, "+FLAGS.SILENT", r"(\Flagged)")

    async def _said(self, command: str, *args: str) -> list[Any]:
        status, found = await _step(lambda: self._client.uid(command, *args))
        if status != "OK":
            msg = f"{command}: {status}"
            raise MailboxAway(msg)
        return found


@asynccontextmanager
async def opened(settings: Imap) -> AsyncIterator[Folder]:
    """Sign in and open the folder. ``MailboxAway`` if that fails, or anything after it."""
    client = await _step(lambda: _connected(settings))
    is_well = False
    try:
        await _step(lambda: _enter(client, settings))
        yield Folder(client)
        is_well = True
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_leave, client, is_well)


async def _step(call: Callable[[], T]) -> T:
    try:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
    except (OSError, imaplib.IMAP4.error) as trouble:
        raise MailboxAway(repr(trouble)) from trouble


def _connected(settings: Imap) -> imaplib.IMAP4:
    host, port, timeout = settings.host or "", settings.port, settings.timeout_seconds
    if settings.security == "tls":
        trust = ssl.create_default_context()
        return imaplib.IMAP4_SSL(host, port, ssl_context=trust, timeout=timeout)
    return imaplib.IMAP4(host, port, timeout=timeout)


def _enter(client: imaplib.IMAP4, settings: Imap) -> None:
    if settings.security == "starttls":
        client.starttls(ssl.create_default_context())
    name, password = settings.username, settings.password.get_secret_value()
    if "AUTH=PLAIN" in client.capabilities:
        client.authenticate("PLAIN", lambda _: f"\0{name}\0{password}".encode())
    else:
        client.login(_quoted(name), password)
    status, said = client.select(_quoted(settings.folder))
    if status != "OK":
        raise imaplib.IMAP4.error(said)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _leave(client: imaplib.IMAP4, is_well: bool) -> None:  # noqa: FBT001 - called by position
    """Say goodbye where somebody listens; whoever still waits for the server is let go."""
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        if is_well:
            client.logout()
        else:
            client.socket().shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        client.shutdown()
