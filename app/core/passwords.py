"""Passwords: hashing them with argon2id, checking them, and telling the weak ones.

NIST SP 800-63B is the guide: length instead of composition rules, and a list of passwords that
everybody tries. A password is normalised once (NFKC), so that any keyboard gives the same one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final, Literal, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread
from passlib.context import CryptContext
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.core.i18n import N_
from app.core.settings import Hashing

MIN_PASSWORD: Final = 10  # characters, after normalisation
MAX_PASSWORD: Final = 256  # characters, as sent
COMMON_PASSWORDS: Final = 10_000
CONTEXT_WORD: Final = 4  # letters that make a context word worth looking for
ENOUGH_LEFT: Final = 5  # different characters a password keeps without its context words
HASHING_THREADS: Final = 2
FAVOURITES: Final = ("Passwort", "Kennwort", "Willkommen", "Sommer", "Winter", "Herbst", "Geheim")

Weakness = Literal["password_too_short", "password_too_long", "password_unusable", "weak_password"]
WEAKNESSES: Final[dict[Weakness, str]] = {
    "password_too_short": N_("Bitte wählen Sie ein Passwort mit mindestens 10 Zeichen."),
    "password_too_long": N_("Bitte wählen Sie ein Passwort mit höchstens 256 Zeichen."),
    "password_unusable": N_("Das Passwort enthält ein Zeichen, das sich nicht verwenden lässt."),
    "weak_password": N_("Dieses Passwort ist leicht zu erraten. Bitte wählen Sie ein anderes."),
}
T = TypeVar("T")
_threads = anyio.lowlevel.RunVar[anyio.CapacityLimiter]("hashing_threads")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and the hash to store instead if the old one is too cheap."""

    ok: bool
    new_hash: str | None = None


@cache
def _context(cost: Hashing) -> CryptContext:
    return CryptContext(
        schemes=["argon2"],
        argon2__type="ID",
        argon2__memory_cost=cost.memory_kib,
        argon2__time_cost=cost.passes,
        argon2__parallelism=cost.lanes,
    )


@cache
def _nobodys_hash(cost: Hashing) -> str:
    """Return a hash to check against when there is no account: the same work, always wrong."""
    return str(_context(cost).hash("nobody"))


def _normalise(password: str) -> str | None:
    """Return the password as it is hashed, or nothing where it can never have been set."""
    if len(password) > MAX_PASSWORD or re.search("[\0\ud800-\udfff]", password):
        return None
    return unicodedata.normalize("NFKC", password)


async def _aside(work: Callable[[], T]) -> T:
    """Do ``work`` in one of few threads, which bounds memory and lets the event loop go on."""
    try:
        limiter = _threads.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(HASHING_THREADS)
        _threads.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)


async def hash_password(password: str, cost: Hashing) -> str:
    """Return the hash to store for a password that ``weak_password`` found nothing against."""
    normalised = _normalise(password)
    if normalised is None:
        msg = "ask weak_password first"
        raise ValueError(msg)
    return await _aside(lambda: str(_context(cost).hash(normalised)))


async def verify_password(password: str, stored: str | None, cost: Hashing) -> Verdict:
    """Check a password against the stored hash; ``None`` (no such account) takes as long."""
    normalised = _normalise(password)
    return await _aside(lambda: _verdict(normalised, stored, cost))


def _verdict(password: str | None, stored: str | None, cost: Hashing) -> Verdict:
    context = _context(cost)
    is_known = password is not None and stored is not None
    if not context.verify(password or "", stored or _nobodys_hash(cost)) or not is_known:
        return Verdict(ok=False)
    new_hash = str(context.hash(password)) if context.needs_update(stored) else None
    return Verdict(ok=True, new_hash=new_hash)


@cache
def _common() -> frozenset[str]:
    return frozenset(islice(FREQUENCY_LISTS["passwords"], COMMON_PASSWORDS))


def weak_password(password: str, context_words: Iterable[str] = ()) -> Weakness | None:
    """Return the code of what speaks against a new password, or nothing.

    ``context_words`` are what an attacker would try first: the name, the company, the address
    before its @, the name of the platform. A password is weak if little is left without them.
    """
    if len(password) > MAX_PASSWORD:
        return "password_too_long"
    normalised = _normalise(password)
    if normalised is None:
        return "password_unusable"
    if len(normalised) < MIN_PASSWORD:
        return "password_too_short"
    bare = normalised.casefold()
    words = {
        part
        for word in (*FAVOURITES, *context_words)
        for part in (word.casefold(), *re.split(r"[\W_]+", word.casefold()))
    }
    for word in sorted(
        (word for word in words if len(word) >= CONTEXT_WORD), key=len, reverse=True
    ):
        bare = bare.replace(word, "")
    core = re.sub(r"[\W\d_]+$|^[\W\d_]+", "", bare)
    is_common = bool({normalised.casefold(), bare, core} & _common())
    return "weak_password" if is_common or len(set(bare)) < ENOUGH_LEFT else None
