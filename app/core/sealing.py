"""Sealing: what people send in confidence is kept encrypted (AES-256-GCM), under keys that rotate.

The database and the storage hold sealed content only; the keys lie in the settings, or in a file
beside the secret where the settings name none. Each sealed thing says under which key it was
sealed, so that old ones open as long as their key is listed. The newest key seals.
"""

import binascii
import os
from functools import cache
from typing import ClassVar, Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import override

from app.core.errors import Unavailable
from app.core.i18n import N_
from app.core.secret import sealing_secrets
from app.models.sealed import MARK, Seal, use

_NAME_BYTES: Final = 6
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FILE_MARK: Final = MARK.encode()
FILE_OVERHEAD: Final = len(_FILE_MARK) + _NAME_BYTES + _NONCE_BYTES + 16  # bytes
_log = structlog.get_logger()


class SealedUnreadable(Unavailable):
    code: ClassVar[str] = "sealed_unreadable"
    text: ClassVar[str] = N_(
        "Dieser Inhalt ist verschlüsselt abgelegt und lässt sich mit den Schlüsseln dieses Servers "
        "nicht öffnen. Bitte wenden Sie sich an den Betreiber."
    )


@cache
def keys_by_name() -> dict[bytes, AESGCM]:
    """Return the keys by their names, which are made of them, the newest first."""
    found = {}
    for secret in sealing_secrets():
        made = HKDF(SHA256(), _KEY_BYTES + _NAME_BYTES, salt=None, info=b"kontor sealing")
        derived = made.derive(secret.encode())
        found[derived[_KEY_BYTES:]] = AESGCM(derived[:_KEY_BYTES])
    return found


def _close(content: bytes, context: bytes) -> bytes:
    name, key = next(iter(keys_by_name().items()))
    nonce = os.urandom(_NONCE_BYTES)
    return name + nonce + key.encrypt(nonce, content, context)


def _open(sealed: bytes, context: bytes) -> bytes:
    name, nonce = sealed[:_NAME_BYTES], sealed[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES]
    key = keys_by_name().get(name)
    try:
        if key is not None:
            return key.decrypt(nonce, sealed[_NAME_BYTES + _NONCE_BYTES :], context)
    except (InvalidTag, ValueError):
        pass
    _log.error("sealed_unreadable", key=name.hex(), is_known=key is not None)
    raise SealedUnreadable


class _Columns(Seal):
    """The seal of columns: ``MARK``, the name of the key, and the rest in Base64."""

    @override
    def close(self, content: bytes) -> str:
        sealed = _close(content, b"")
        name, rest = sealed[:_NAME_BYTES], sealed[_NAME_BYTES:]
        return f"{MARK}{name.hex()}:{binascii.b2a_base64(rest, newline=False).decode()}"

    @override
    def open(self, sealed: str) -> bytes:
        name, _, rest = sealed.removeprefix(MARK).partition(":")
        try:
            whole = bytes.fromhex(name) + binascii.a2b_base64(rest, strict_mode=True)
        except ValueError:
            raise SealedUnreadable from None
        return _open(whole, b"")

    @override
    def newest(self) -> str:
        return f"{MARK}{next(iter(keys_by_name())).hex()}:"


use(_Columns())


def seal_file(content: bytes, name: str) -> bytes:
    """Return a file sealed under the newest key; only under this ``name`` it can be opened."""
    return _FILE_MARK + _close(content, name.encode())


def open_file(kept: bytes, name: str) -> bytes:
    """Return what a file holds; one that was kept before files were sealed is as it is."""
    if not kept.startswith(_FILE_MARK):
        return kept
    return _open(kept[len(_FILE_MARK) :], name.encode())


def is_old_file(kept: bytes) -> bool:
    """Whether a file is not sealed under the newest key."""
    return not kept.startswith(_FILE_MARK + next(iter(keys_by_name())))
