"""The mails of a demo: what would have been sent, readable while there is no mail server."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import anyio.to_thread
from starlette.responses import Response

from app.core.errors import NotFound
from app.core.settings import settings
from app.web.page import CurrentPage, PageRouter

MOST = 100
router = PageRouter(prefix="/dev/mails")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What came with a mail; a picture has no name."""

    number: int
    name: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as a page shows it; ``parts`` are pieces of its text, and whether each is a link."""

    name: str
    recipient: str
    subject: str
    at: datetime
    parts: list[tuple[str, bool]]
    enclosed: list[Enclosed]


def _folder() -> Path:
    if not settings().mails_are_readable:
        raise NotFound
    return settings().var_dir / "mail"


def _path(name: str) -> Path:
    path = _folder() / f"{name}.eml"
    if not re.fullmatch("[A-Za-z0-9-]{1,80}", name) or not path.is_file():
        raise NotFound
    return path


def _open(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def _enclosed(mail: EmailMessage) -> list[EmailMessage]:
    """List the picture inside a mail and the files that came with it."""
    kinds = {"inline", "attachment"}
    return [part for part in mail.walk() if part.get_content_disposition() in kinds]


def _file(path: Path, number: int) -> EmailMessage:
    found = _enclosed(_open(path))
    if not 0 <= number < len(found):
        raise NotFound
    return found[number]


def _read(path: Path) -> Letter:
    mail = _open(path)
    body = mail.get_body(("plain",))
    text = body.get_content() if body else ""
    pieces = re.split(r"(https?://[^\s<>]+)", text)
    return Letter(
        name=path.stem,
        recipient=str(mail["To"]),
        subject=str(mail["Subject"]),
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        parts=[(piece, n % 2 == 1) for n, piece in enumerate(pieces) if piece],
        enclosed=[
            Enclosed(number, part.get_filename() or "", part.get_content_maintype() == "image")
            for number, part in enumerate(_enclosed(mail))
        ],
    )


def _newest(folder: Path) -> list[Letter]:
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_read(file) for file in files[:MOST]]


@router.get("")
async def overview(page: CurrentPage) -> Response:
    """List the mails, the newest first."""
    mails = await anyio.to_thread.run_sync(_newest, _folder())
    return await page.render("dev/mails.html", mails=mails)


@router.get("/{name}")
async def show(name: str, page: CurrentPage) -> Response:
    """Show one mail."""
    mail = await anyio.to_thread.run_sync(_read, _path(name))
    return await page.render("dev/mail.html", mail=mail)


@router.get("/{name}/{number}")
async def show_enclosed(name: str, number: int) -> Response:
    """Hand out the picture inside one mail, or a file that came with it."""
    part = await anyio.to_thread.run_sync(_file, _path(name), number)
    is_picture = part.get_content_maintype() == "image"
    how = "inline" if is_picture else f'attachment; filename="{part.get_filename()}"'
    return Response(
        part.get_payload(decode=True),
        media_type=part.get_content_type(),
        headers={"Content-Disposition": how},
    )
