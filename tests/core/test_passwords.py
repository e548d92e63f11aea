"""Passwords: hashing, checking, telling the weak ones."""

import time
import unicodedata

import anyio
import pytest

from app.core.passwords import (
    MAX_PASSWORD,
    WEAKNESSES,
    Verdict,
    hash_password,
    verify_password,
    weak_password,
)
from app.core.settings import Hashing

CHEAP = Hashing(memory_kib=8, passes=1)
DEARER = Hashing(memory_kib=16, passes=1)
PASSWORD = "Zwölf Boxkämpfer jagen Viktor"

pytestmark = pytest.mark.anyio


async def test_a_password_opens_its_own_hash_only():
    stored = await hash_password(PASSWORD, CHEAP)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert stored != await hash_password(PASSWORD, CHEAP)
    assert await verify_password(PASSWORD, stored, CHEAP) == Verdict(ok=True)
    assert await verify_password(PASSWORD.lower(), stored, CHEAP) == Verdict(ok=False)


async def test_any_keyboard_gives_the_same_password():
    stored = await hash_password(unicodedata.normalize("NFC", PASSWORD), CHEAP)
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert decomposed != PASSWORD
    assert (await verify_password(decomposed, stored, CHEAP)).ok


async def test_a_cheap_hash_is_replaced_when_its_password_is_known():
    stored = await hash_password(PASSWORD, CHEAP)
    assert await verify_password("falsch", stored, DEARER) == Verdict(ok=False)
    verdict = await verify_password(PASSWORD, stored, DEARER)
    assert verdict.new_hash is not None
    assert "$m=16,t=1,p=1$" in verdict.new_hash
    assert await verify_password(PASSWORD, verdict.new_hash, DEARER) == Verdict(ok=True)


@pytest.mark.parametrize("password", ["x" * 1_000_000, "x" * 257, "a\0b", "a\ud800b", "", "nobody"])
async def test_no_password_breaks_the_check_or_opens_nothing(password):
    stored = await hash_password(PASSWORD, CHEAP)
    assert await verify_password(password, stored, CHEAP) == Verdict(ok=False)
    assert await verify_password(password, None, CHEAP) == Verdict(ok=False)


@pytest.mark.parametrize("length", [72, 73, 256])
async def test_every_character_counts(length):
    password = "ab" * (length // 2) + "c" * (length % 2)
    stored = await hash_password(password, CHEAP)
    assert (await verify_password(password, stored, CHEAP)).ok
    assert not (await verify_password(password[:-1], stored, CHEAP)).ok


async def test_an_unknown_account_costs_as_much_as_a_known_one():
    cost = Hashing(memory_kib=8_192, passes=2)
    stored = await hash_password(PASSWORD, cost)
    await verify_password("falsch", None, cost)

    async def seconds(known: str | None) -> float:
        start = time.process_time()
        await verify_password("falsch", known, cost)
        return time.process_time() - start

    known = min([await seconds(stored) for _ in range(5)])
    unknown = min([await seconds(None) for _ in range(5)])
    assert 0.4 < unknown / known < 2.5


async def test_the_event_loop_goes_on_while_hashing():
    longest = 0.0
    done = anyio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            start = time.thread_time()
            await anyio.sleep(0.001)
            longest = max(longest, time.thread_time() - start)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        for _ in range(4):
            await hash_password(PASSWORD, Hashing(memory_kib=32_768, passes=3))
        done.set()
    assert longest < 0.05


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kurz", "password_too_short"),
        ("x" * (MAX_PASSWORD + 1), "password_too_long"),
        ("a\0" + PASSWORD, "password_unusable"),
        ("\ud800" + PASSWORD, "password_unusable"),
        ("1234567890", "weak_password"),
        ("QWERTYUIOP", "weak_password"),
        ("!!password123!!", "weak_password"),
        ("Passwort12345", "weak_password"),
        ("Sommer2026!!", "weak_password"),
        ("aaaaaaaaaaaaaaa", "weak_password"),
        ("Stadtwerke-Bochum", "weak_password"),
        ("lena.hoffmann1", "weak_password"),
        ("Kontor Kontor Kontor", "weak_password"),
    ],
)
def test_weak_passwords_are_told_with_a_code(password, code):
    context = ["Lena Hoffmann", "Stadtwerke Bochum GmbH", "lena.hoffmann", "Kontor"]
    assert weak_password(password, context) == code
    assert WEAKNESSES[code]


@pytest.mark.parametrize(
    "password",
    [
        "pferd batterie heftklammer richtig " * 2,
        PASSWORD,
        "nur kleine buchstaben",
        "83650174920586",
    ],
)
def test_length_is_enough(password):
    assert weak_password(password, ["Lena Hoffmann", "Kontor"]) is None


async def test_what_cannot_be_a_password_is_never_hashed():
    with pytest.raises(ValueError, match="weak_password"):
        await hash_password("a\0" + PASSWORD, CHEAP)
