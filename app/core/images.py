"""Pictures and PDFs of strangers, made harmless in a process of their own.

Nothing that comes in is kept: pictures are painted anew, PDFs are written anew, both without
whatever told of their author. A decoder that misbehaves dies alone (``app.core.decoding``).
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.lowlevel

from app.core.errors import FieldError, Invalid, Unavailable
from app.core.i18n import N_

MAX_FILE: Final = 10 * 1024 * 1024  # bytes
MAX_WAIT: Final = 30.0  # seconds
DECODERS: Final = 2  # processes at a time
MAX_WAITING: Final = 4  # files; each may hold a connection to the database meanwhile
_DECODER: Final = Path(__file__).with_name("decoding.py")
_TEXTS: Final = {
    "file_too_large": N_("Die Datei ist größer als 10 MB."),
    "unsupported_media": N_("Bitte wählen Sie ein Bild (JPEG, PNG, WebP) oder eine PDF-Datei."),
    "image_too_large": N_("Das Bild hat mehr als 40 Millionen Bildpunkte."),
    "image_broken": N_("Das Bild ist beschädigt."),
    "pdf_encrypted": N_("Die PDF-Datei ist verschlüsselt."),
    "pdf_broken": N_("Die PDF-Datei ist beschädigt oder hat mehr als 300 Seiten."),
    "decoder_failed": N_("Die Datei ließ sich nicht verarbeiten."),
}
_slots = anyio.lowlevel.RunVar[anyio.CapacityLimiter]("decoders")


class BadFile(Invalid):
    """A file cannot be taken; ``reason`` says why, as the error of the field ``file`` does."""

    code = "bad_file"
    text = N_("Diese Datei lässt sich nicht verwenden.")

    def __init__(self, reason: str) -> None:
        super().__init__(FieldError(("file",), reason, _TEXTS[reason]))
        self.reason = reason


class UnsupportedFile(BadFile):
    code = "unsupported_file"


class FileTooLarge(BadFile):
    code = "file_too_large"


def _bad(reason: str) -> BadFile:
    kinds = {"unsupported_media": UnsupportedFile, "file_too_large": FileTooLarge}
    return kinds.get(reason, BadFile)(reason)


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture in one size, as WebP; ``edge`` is the longest side it was made for, in pixels."""

    edge: int
    width: int
    height: int
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF without metadata; ``digest`` is the SHA-256 of its content."""

    pages: int
    content: bytes
    digest: str


async def read_picture(content: bytes) -> tuple[Rendition, ...]:
    """Return a JPEG, PNG or WebP picture in its sizes, smallest first, never larger than it was.

    Of moving pictures the first frame is taken. Anything else is a ``BadFile``.
    """
    return tuple(
        Rendition(about["edge"], about["width"], about["height"], part, _digest(part))
        for about, part in await _decode("picture", content)
    )


async def read_pdf(content: bytes) -> Document:
    """Return the pages of a PDF, written anew; encrypted and broken ones are a ``BadFile``."""
    about, part = (await _decode("pdf", content))[0]
    return Document(about["pages"], part, _digest(part))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _slot() -> anyio.CapacityLimiter:
    try:
        return _slots.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(DECODERS)
        _slots.set(limiter)
        return limiter


async def _decode(task: str, content: bytes) -> list[tuple[dict[str, Any], bytes]]:
    """Let a process of its own do the task; it sees nothing of this one's environment."""
    if len(content) > MAX_FILE:
        raise _bad("file_too_large")  # noqa: EM101
    command = [sys.executable, "-I", str(_DECODER), task]
    if _slot().statistics().tasks_waiting >= MAX_WAITING:
        raise Unavailable
    needed = {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}
    try:
        async with _slot():
            with anyio.fail_after(MAX_WAIT):
                done = await anyio.run_process(command, input=content, check=False, env=needed)
    except TimeoutError:
        raise BadFile("decoder_failed") from None  # noqa: EM101
    if done.returncode != 0:
        raise BadFile("decoder_failed")  # noqa: EM101
    head, _, rest = done.stdout.partition(b"\n")
    answer = json.loads(head)
    if "error" in answer:
        raise _bad(answer["error"])
    parts = []
    for about in answer["parts"]:
        parts.append((about, rest[: about["bytes"]]))
        rest = rest[about["bytes"] :]
    return parts
