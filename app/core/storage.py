"""Files, sealed, under the SHA-256 of their content: the same file twice is one file."""

import contextlib
import hashlib
import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Protocol

import anyio.to_thread
from typing_extensions import override

from app.core.sealing import FILE_OVERHEAD, is_old_file, open_file, seal_file


def digest_of(content: bytes) -> str:
    """Return the name under which content is kept: its SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, whenever the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Storage(Protocol):
    """Where files are kept."""

    async def put(self, content: bytes) -> str:
        """Keep content and return its digest; keeping it twice changes nothing."""

    async def get(self, digest: str) -> bytes | None:
        """Return the content of a digest, or nothing if it is not kept."""

    async def drop(self, digest: str) -> None:
        """Forget a digest; dropping it twice changes nothing."""

    async def digests(self) -> set[str]:
        """Return every digest that is kept."""

    async def tidy(self, before: datetime) -> None:
        """Throw away what was begun before a moment, and never finished."""

    async def reseal(self, digest: str) -> bool:
        """Seal a file under the newest key; return whether it was not."""


_DIGEST = re.compile("[0-9a-f]{64}")


class Disk(Storage):
    """Files in folders below ``root``, spread over 65,536 of them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, digest: str) -> Path:
        """Return where a digest is kept, whether it is or not."""
        if not _DIGEST.fullmatch(digest):
            msg = "a digest has 64 hexadecimal digits"
            raise ValueError(msg)
        return self._root / digest[:2] / digest[2:4] / digest

    @override
    async def put(self, content: bytes) -> str:
        return await anyio.to_thread.run_sync(self._put, content)

    def _put(self, content: bytes) -> str:
        digest = digest_of(content)
        path = self.path(digest)
        if not path.exists() or path.stat().st_size != len(content) + FILE_OVERHEAD:
            write_atomically(path, seal_file(content, digest))
        return digest

    @override
    async def get(self, digest: str) -> bytes | None:
        try:
            return await anyio.to_thread.run_sync(self._get, digest)
        except FileNotFoundError:
            return None

    def _get(self, digest: str) -> bytes:
        return open_file(self.path(digest).read_bytes(), digest)

    @override
    async def drop(self, digest: str) -> None:
        path = self.path(digest)
        await anyio.to_thread.run_sync(lambda: path.unlink(missing_ok=True))

    @override
    async def digests(self) -> set[str]:
        return await anyio.to_thread.run_sync(self._digests)

    def _digests(self) -> set[str]:
        return {path.name for path in self._root.glob("*/*/*") if _DIGEST.fullmatch(path.name)}

    @override
    async def tidy(self, before: datetime) -> None:
        await anyio.to_thread.run_sync(self._tidy, before.timestamp())

    @override
    async def reseal(self, digest: str) -> bool:
        try:
            return await anyio.to_thread.run_sync(self._reseal, digest)
        except FileNotFoundError:  # dropped just now
            return False

    def _reseal(self, digest: str) -> bool:
        kept = self.path(digest).read_bytes()
        if not is_old_file(kept):
            return False
        write_atomically(self.path(digest), seal_file(open_file(kept, digest), digest))
        return True

    def _tidy(self, before: float) -> None:
        for path in self._root.glob("*/*/.*"):
            with contextlib.suppress(FileNotFoundError):  # finished or cleaned up just now
                if path.stat().st_mtime < before:
                    path.unlink()


class Memory(Storage):
    """Files of a test."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @override
    async def put(self, content: bytes) -> str:
        digest = digest_of(content)
        self.files[digest] = content
        return digest

    @override
    async def get(self, digest: str) -> bytes | None:
        return self.files.get(digest)

    @override
    async def drop(self, digest: str) -> None:
        self.files.pop(digest, None)

    @override
    async def digests(self) -> set[str]:
        return set(self.files)

    @override
    async def tidy(self, before: datetime) -> None:
        """Nothing is ever half kept here."""

    @override
    async def reseal(self, digest: str) -> bool:
        return False
