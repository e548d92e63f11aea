"""Columns whose values are sealed before they leave for the database, and opened on their way back.

A column says so by its type, so that nothing that writes or reads it can forget to. What seals is
brought by ``core.sealing``. A value that was written before it was sealed is read as it is, until
``kontor reseal`` has been there.
"""

import json
from typing import Any, ClassVar, Final, Protocol

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Text,
    TypeDecorator,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from typing_extensions import override

MARK: Final = "\x02sealed:"  # no text that people write can hold the first character


class Seal(Protocol):
    """What closes and opens; texts begin with ``MARK`` and the key that was used."""

    def close(self, content: bytes) -> str:
        """Return content as sealed text, under the newest key."""

    def open(self, sealed: str) -> bytes:
        """Return what was sealed."""

    def newest(self) -> str:
        """Return what everything begins with that is sealed under the newest key."""


class _Sealing:
    """Where ``core.sealing`` leaves the seal of this process."""

    seal: ClassVar[Seal]


def use(seal: Seal) -> None:
    """Seal with this from now on."""
    _Sealing.seal = seal


def _close(content: str) -> str:
    return _Sealing.seal.close(content.encode())


def _open(kept: str) -> str:
    return _Sealing.seal.open(kept).decode() if kept.startswith(MARK) else kept


class Sealed(TypeDecorator[Any]):
    """A type of column that is sealed."""

    __abstract__ = True
    cache_ok = True

    def opened(self, kept: Any) -> Any:
        """Return the value of what the database keeps."""
        raise NotImplementedError

    @override
    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """Open what comes back through the ORM; prepared reads ask ``opened`` themselves."""
        return None if value is None else self.opened(value)

    def is_old(self, column: Any) -> ColumnElement[bool]:
        """Whether, in a query, a value is not sealed under the newest key."""
        return ~self.as_text(column).startswith(_Sealing.seal.newest())

    def as_text(self, column: Any) -> ColumnElement[str]:
        """Return, in a query, the text that is kept."""
        return type_coerce(column, Text())


class SealedText(Sealed):
    """A text."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Seal."""
        return None if value is None else _close(value)

    @override
    def opened(self, kept: str) -> str:
        return _open(kept)


class SealedJson(Sealed):
    """An object; what is kept of it is one JSON string."""

    impl = JSONB
    cache_ok = True

    @override
    def process_bind_param(self, value: dict[str, Any] | None, dialect: Any) -> str | None:
        """Seal."""
        return None if value is None else _close(json.dumps(value))

    @override
    def opened(self, kept: Any) -> Any:
        return json.loads(_open(kept)) if isinstance(kept, str) else kept

    @override
    def as_text(self, column: Any) -> ColumnElement[str]:
        text: ColumnElement[str] = type_coerce(column, JSONB()).op("#>>")(literal_column("'{}'"))
        return type_coerce(text, Text())


class SealedBytes(Sealed):
    """Bytes, such as an answer that is kept for a day."""

    impl = LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: bytes | None, dialect: Any) -> bytes | None:
        """Seal."""
        return None if value is None else _Sealing.seal.close(value).encode()

    @override
    def opened(self, kept: bytes) -> bytes:
        kept = bytes(kept)
        is_sealed = kept.startswith(MARK.encode())
        return _Sealing.seal.open(kept.decode()) if is_sealed else kept

    @override
    def as_text(self, column: Any) -> ColumnElement[str]:
        return type_coerce(func.encode(type_coerce(column, LargeBinary()), "escape"), Text())


class JsonOfSealed(Sealed):
    """What PostgreSQL has put together as JSON from columns, sealed ones among them."""

    impl = JSON
    cache_ok = True

    @override
    def opened(self, kept: Any) -> Any:
        if isinstance(kept, str):
            return _open(kept)
        if isinstance(kept, list):
            return [self.opened(one) for one in kept]
        if isinstance(kept, dict):
            return {name: self.opened(one) for name, one in kept.items()}
        return kept
