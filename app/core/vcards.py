"""Business cards for address books: vCard 4.0 (RFC 6350) and its QR code.

vobject knows the rules of vCard 3.0 only; its content lines, which escape nothing but fold and
write, serve here, and every value is escaped before it becomes one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal
from uuid import UUID

import segno
from vobject.base import ContentLine, backslashEscape

MEDIA_TYPE: Final = "text/vcard; charset=utf-8"
QrFormat = Literal["svg", "png"]


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    street: str
    postcode: str
    town: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a business card says; what is None or empty is left out."""

    kind: Literal["individual", "org"]
    id: UUID
    name: str
    source: str  # the address of the page about it
    organisation: str | None = None
    title: str | None = None
    role: str | None = None
    phone: str | None = None  # E.164
    email: str | None = None
    website: str | None = None
    address: Address | None = None
    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def write_card(card: Card) -> str:
    """Return the card as a vCard 4.0, lines folded and ended as RFC 6350 wants."""
    return "".join(_line(name, value, params) for name, value, params in _lines(card))


def draw_qr(card: Card, form: QrFormat) -> bytes:
    """Return a picture of the card that telephones read."""
    code = segno.make(write_card(card), error="m", micro=False)
    out = BytesIO()
    code.save(out, kind=form, scale=4, border=4, light="#ffffff")
    return out.getvalue()


def _text(value: str) -> str:
    escaped: str = backslashEscape(value)
    return escaped


def _lines(card: Card) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    yield "BEGIN", "VCARD", ()
    yield "VERSION", "4.0", ()
    yield "KIND", card.kind, ()
    yield "UID", f"urn:uuid:{card.id}", ()
    yield "FN", _text(card.name), ()
    for name, text in (
        ("ORG", card.organisation),
        ("TITLE", card.title),
        ("ROLE", card.role),
        ("EMAIL", card.email),
    ):
        if text:
            yield name, _text(text), ()
    if card.phone:
        yield "TEL", f"tel:{card.phone}", ("VALUE=uri",)
    if card.address:
        parts = ("", "", card.address.street, card.address.town, "", card.address.postcode, "")
        yield "ADR", ";".join(_text(part) for part in parts), ()
    for language in card.languages:
        yield "LANG", language, ()
    if card.categories:
        yield "CATEGORIES", ",".join(_text(one) for one in card.categories), ()
    if card.website:
        yield "URL", card.website, ()
    yield "SOURCE", card.source, ()
    yield "END", "VCARD", ()


def _line(name: str, value: str, params: tuple[str, ...]) -> str:
    pairs = [param.split("=") for param in params]
    written: str = ContentLine(name, pairs, value).serialize()
    return written
