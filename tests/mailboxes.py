"""A mail server of a test that speaks enough IMAP (RFC 3501) to have its mailbox read."""

import asyncio
import re
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

NAME, PASSWORD = "antwort", 'päss "wort\\'


@dataclass
class Stored:
    """One mail in the mailbox."""

    raw: bytes | None  # None: listed, but gone when it is asked for
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """What lies in the mailbox, and what the server was told."""

    port: int = 0
    folder: str = "INBOX"
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    mails: list[Stored] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    is_silent: bool = False

    def put(self, *mails: bytes | None) -> None:
        """Let mails arrive."""
        self.mails += [Stored(raw) for raw in mails]

    @property
    def flags(self) -> list[set[str]]:
        """The flags of each mail."""
        return [mail.flags for mail in self.mails]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client until it goes."""
        try:
            if not self.is_silent:
                writer.write(b"* OK ready\r\n")
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                if self.is_silent:
                    continue
                tag, command, rest = (*line.split(" ", 2), "")[:3]
                self.said.append(f"{command} {rest}".strip())
                said = await self._answer(command, rest, reader, writer)
                writer.write(f"{tag} {said} so far\r\n".encode())
                if command == "STARTTLS":
                    await writer.start_tls(self.tls)
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, command, rest, reader, writer) -> str:
        match command:
            case "CAPABILITY":
                writer.write(f"* CAPABILITY {self.capabilities}\r\n".encode())
            case "AUTHENTICATE":
                writer.write(b"+ \r\n")
                given = b64decode(await reader.readline()).decode()
                return "OK" if given == f"\0{NAME}\0{PASSWORD}" else "NO"
            case "LOGIN":
                return "OK" if rest == f'"{NAME}" "plain"' else "NO"
            case "SELECT":
                folder = self.folder.replace('"', '\\"')
                return "OK" if rest == f'"{folder}"' else "NO"
            case "UID":
                return self._about_mails(writer, *rest.split(" ", 1))
            case "LOGOUT":
                writer.write(b"* BYE\r\n")
        return "OK"

    def _about_mails(self, writer, command: str, rest: str) -> str:
        if command == "SEARCH":
            found = [str(uid) for uid, mail in enumerate(self.mails, 1) if _fits(mail, rest)]
            writer.write(f"* SEARCH {' '.join(found)}\r\n".encode())
            return "OK"
        uid, what = rest.split(" ", 1)
        mail = self.mails[int(uid) - 1]
        if command == "FETCH" and mail.raw is None:
            return "OK"
        if command == "FETCH":
            most = int(re.fullmatch(r"\(BODY\.PEEK\[\]<0\.(\d+)>\)", what)[1])
            part = mail.raw[:most]
            head = f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(part)}}}\r\n"
            writer.write(b"* 1 FETCH (FLAGS ())\r\n" + head.encode() + part + b")\r\n")
        else:
            mail.flags |= set(re.fullmatch(r"\+FLAGS\.SILENT \((.+)\)", what)[1].split())
        return "OK"


def _fits(mail: Stored, asked: str) -> bool:
    words = {f"\\{word.capitalize()}" for word in asked.split() if not word.startswith("UN")}
    without = {f"\\{word[2:].capitalize()}" for word in asked.split() if word.startswith("UN")}
    return words <= mail.flags and not without & mail.flags


@asynccontextmanager
async def mail_server(
    *, at_once: ssl.SSLContext | None = None, **given: object
) -> AsyncIterator[Mailbox]:
    """Listen on 127.0.0.1, with TLS from the beginning where ``at_once`` is given."""
    mailbox = Mailbox(**given)
    server = await asyncio.start_server(mailbox.serve, "127.0.0.1", 0, ssl=at_once)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
