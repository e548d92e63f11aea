"""Servers of a test, to which requests go out: they answer as told and remember what came."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.core.mail import Smtp
from app.core.settings import Smtp as SmtpSettings
from app.runtime import Runtime

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Sink:
    """What a server heard, and where it listens."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0


def saying(status: str, *headers: str, body: bytes = b"") -> Answering:
    """Answer with these lines, the length of the body, and the body."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        length = f"Content-Length: {len(body)}"
        writer.write("\r\n".join([f"HTTP/1.1 {status}", *headers, length, "", ""]).encode() + body)
        await writer.drain()

    return answer


@asynccontextmanager
async def sink(answer: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator[Sink]:
    """Listen on 127.0.0.1; whoever hangs up early is let go."""
    heard = Sink()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.connections += 1
        try:
            heard.asked.append(await _read(reader))
            await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort() if tls else writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    heard.port = server.sockets[0].getsockname()[1]
    try:
        yield heard
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.rstrip("\r\n").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)
    }
    return Asked(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


class MailSink:
    """A mail server that keeps what it gets: recipients, and the message as it came."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append((envelope.rcpt_tos, envelope.original_content))
        return "250 OK"


@contextmanager
def mail_sink(runtime: Runtime) -> Iterator[MailSink]:
    """Listen on 127.0.0.1; everything goes there that a test sends meanwhile."""
    with closing(socket.socket()) as free:  # aiosmtpd must know its port beforehand
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sink = MailSink()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    server = SmtpSettings(host="127.0.0.1", port=port, security="none", timeout_seconds=5)
    runtime.sessions.kw["info"]["transport"] = Smtp(server)
    try:
        yield sink
    finally:
        controller.stop()


@dataclass
class Authority:
    """A certificate authority of the test, and a server's identity that it has signed."""

    server: ssl.SSLContext
    trust: ssl.SSLContext


def certified(folder: Path, host: str) -> Authority:
    """Make an authority that vouches for ``host`` only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test")])
    try:
        subject: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    day, now = timedelta(days=1), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{host}.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return Authority(server, ssl.create_default_context(cafile=pem))
