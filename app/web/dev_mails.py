"""The mails of a demo: what would have been sent, readable while there is no mail server."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import anyio.to_thread
from starlette.responses import Response

from app.core.errors import NotFound
from app.core.settings import settings
from app.web.page import CurrentPage, PageRouter

MOST = 100
router = PageRouter(prefix="/dev/mails")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as a page shows it; ``parts`` are pieces of its text, and whether each is a link."""

    name: str
    recipient: str
    subject: str
    at: datetime
    parts: list[tuple[str, bool]]


def _folder() -> Path:
    if not settings().mails_are_readable:
        raise NotFound
    return settings().var_dir / "mail"


def _read(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    text = body.get_content() if body else ""
    pieces = re.split(r"(https?://[^\s<>]+)", text)
    return Letter(
        name=path.stem,
        recipient=str(mail["To"]),
        subject=str(mail["Subject"]),
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        parts=[(piece, n % 2 == 1) for n, piece in enumerate(pieces) if piece],
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
    path = _folder() / f"{name}.eml"
    if not re.fullmatch("[A-Za-z0-9-]{1,80}", name) or not path.is_file():
        raise NotFound
    mail = await anyio.to_thread.run_sync(_read, path)
    return await page.render("dev/mail.html", mail=mail)
