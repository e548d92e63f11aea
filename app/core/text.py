"""Text people write: the string types of every draft, slugs, sort keys, and Markdown.

A length is counted as sent. What cannot be stored, shown or printed safely is refused with a
stable code; what is merely invisible (direction overrides, zero-width spaces) is left out.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, NoReturn

import phonenumbers
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, Url as ParsedUrl
from pydantic_core.core_schema import no_info_after_validator_function, str_schema
from slugify import slugify
from typing_extensions import override

from app.core import markup
from app.core.i18n import N_

MAX_PROSE: Final = 20_000  # characters; Markdown parsers have quadratic corners
MAX_SLUG: Final = 80
MAX_URL: Final = 2_000
RENDERER_VERSION: Final = 1  # raise it whenever the same source would give other HTML

_CONTROLS = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ufffe\\uffff"
_find_surrogate = re.compile("[\ud800-\udfff]")


def _refuse(code: str, text: str) -> NoReturn:
    raise PydanticCustomError(code, text)


def _visible(value: str) -> str:
    """Refuse what has no place in any text, drop what cannot be seen, and compose (NFC)."""
    if "\0" in value:
        _refuse("nul_character", N_("Der Text enthält das unzulässige Zeichen U+0000."))
    if _find_surrogate.search(value):
        _refuse("lone_surrogate", N_("Der Text enthält ein unvollständiges Zeichen."))
    return unicodedata.normalize("NFC", markup.find_invisible.sub("", value))


@dataclass(frozen=True, slots=True)
class _Text:
    """What one-line and multi-line text have in common, as pydantic metadata."""

    max_length: int
    min_length: int = 1
    forbidden: ClassVar[str] = _CONTROLS

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read a string, then clean it."""
        return no_info_after_validator_function(self.clean, str_schema())

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Declare what ``clean`` refuses."""
        some, printed = f"[^{self.forbidden}]*", f"[^{self.forbidden}\\s{markup.INVISIBLE}]"
        pattern = f"^{some}{printed}{some}$" if self.min_length else f"^{some}$"
        declared = {"minLength": self.min_length, "maxLength": self.max_length, "pattern": pattern}
        return handler(schema) | declared

    def clean(self, value: str) -> str:
        """Return ``value`` as it is stored, or refuse it."""
        if len(value) > self.max_length:
            too_long: Final = "string_too_long"
            raise PydanticKnownError(too_long, {"max_length": self.max_length})
        value = self.tidy(_visible(value))
        if re.search(f"[{self.forbidden}]", value):
            _refuse("control_character", N_("Der Text enthält unzulässige Steuerzeichen."))
        if len(value) < self.min_length:
            too_short: Final = "string_too_short"
            raise PydanticKnownError(too_short, {"min_length": self.min_length})
        return value

    def tidy(self, value: str) -> str:
        """Bring white space into its stored form."""
        return value.strip()


@dataclass(frozen=True, slots=True)
class Line(_Text):
    """Text on one line: ``Annotated[str, Line(120)]``. Runs of white space become one space."""

    forbidden: ClassVar[str] = f"\\u000a\\u000d{_CONTROLS}"

    @override
    def tidy(self, value: str) -> str:
        """Collapse white space; a line break stays, to be refused."""
        return re.sub(r"[^\S\n\r\v\f\x1c-\x1f\x85]+", " ", value).strip(" ")


@dataclass(frozen=True, slots=True)
class Name(Line):
    """What someone or something is called: a line that cannot pass for markup or a link."""

    forbidden: ClassVar[str] = f"<>\\u000a\\u000d{_CONTROLS}"

    @override
    def clean(self, value: str) -> str:
        """Refuse angle brackets and addresses of web pages, then clean as any line."""
        if re.search(r"[<>]|://|\bwww\.", value, re.IGNORECASE):
            text = N_("Bitte schreiben Sie den Namen ohne spitze Klammern und Internetadressen.")
            _refuse("markup", text)
        return Line.clean(self, value)


@dataclass(frozen=True, slots=True)
class Prose(_Text):
    """Markdown source on any number of lines: ``Annotated[str, Prose(5_000)]``."""

    max_length: int = MAX_PROSE

    def __post_init__(self) -> None:
        if self.max_length > MAX_PROSE:
            msg = f"prose is rendered up to {MAX_PROSE} characters"
            raise ValueError(msg)

    @override
    def clean(self, value: str) -> str:
        """Count a line break as one character, as browsers do, then clean."""
        return _Text.clean(self, re.sub("\r\n?|[\u2028\u2029]", "\n", value))

    @override
    def tidy(self, value: str) -> str:
        """Keep the first line's indentation, which Markdown reads, and drop empty edges."""
        return re.sub(r"\A(?:[^\S\n]*\n)+", "", value.rstrip()) if value.strip() else ""


@dataclass(frozen=True, slots=True, eq=False)
class _Form:
    """A string of one exact form, as pydantic metadata."""

    read: Callable[[str], str]
    declared: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read a string, then bring it into its form."""
        return no_info_after_validator_function(self.read, str_schema())

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Declare the form."""
        return handler(schema) | dict(self.declared)


_URL = (
    r"^https?://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}([/?#][!-\[\]-~]*)?$"
)
_has_host = re.compile(r"(?=.{1,253}$)([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}")


def read_slug(value: str) -> str:
    """Take a slug as it stands, or refuse it."""
    if len(value) > MAX_SLUG or not re.fullmatch(markup.SLUG, value):
        text = N_("Erlaubt sind kleine Buchstaben von a bis z, Ziffern und einzelne Bindestriche.")
        _refuse("invalid_slug", text)
    return value


def read_url(value: str) -> str:
    """Normalise the address of a public web page; ``https`` is assumed where no scheme is given.

    Refused: other schemes, user names and passwords, bare host names and IP addresses.
    """
    value = Line(MAX_URL, 0).clean(value)
    if "://" not in value and _has_host.match(re.split("[/?#:]", value)[0]):
        value = f"https://{value}"
    url = _parsed_web_address(value)
    if url is None or len(url) > MAX_URL:
        _refuse("invalid_url", N_("Bitte geben Sie eine Internetadresse mit https:// an."))
    return url


def _parsed_web_address(value: str) -> str | None:
    if not re.fullmatch(r"https?://[^\s/\\][^\s\\]*", value, re.IGNORECASE):
        return None
    try:
        parsed = ParsedUrl(value)
    except ValueError:
        return None
    is_public = _has_host.fullmatch(parsed.unicode_host() or "")
    return str(parsed) if is_public and not (parsed.username or parsed.password) else None


def read_phone(value: str) -> str:
    """Bring a telephone number into E.164 (``+4923491130``); German unless it begins with ``+``."""
    try:
        number = phonenumbers.parse(Line(40, 0).clean(value), "DE")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        text = N_("Bitte geben Sie eine gültige Telefonnummer an, zum Beispiel 0234 9113-0.")
        _refuse("invalid_phone", text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_tag(text: str) -> str | None:
    """Return the one spelling of a tag (``fachkräfte``), or nothing where it is none."""
    tag = unicodedata.normalize("NFKC", text.strip().removeprefix("#")).lower()
    return tag if re.fullmatch(markup.TAG, tag) else None


def _read_tag(value: str) -> str:
    tag = normalise_tag(_visible(value))
    if tag is None:
        text = N_("Ein Schlagwort besteht aus 2 bis 40 Buchstaben, Ziffern und Bindestrichen.")
        _refuse("invalid_tag", text)
    return tag


Slug = Annotated[
    str, _Form(read_slug, {"minLength": 1, "maxLength": MAX_SLUG, "pattern": f"^{markup.SLUG}$"})
]
Url = Annotated[str, _Form(read_url, {"maxLength": MAX_URL, "pattern": _URL})]
Phone = Annotated[str, _Form(read_phone, {"maxLength": 40, "examples": ["+4923491130"]})]
Tag = Annotated[
    str, _Form(_read_tag, {"minLength": 2, "maxLength": 41, "pattern": "^#?[a-zA-Z][a-zA-Z0-9]+$"})
]

_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"}
)
_ROUTES = frozenset({"new", "neu", "edit", "me", "map", "feed", "search", "suche"})


def make_slug(name: str, *, fallback: str = "eintrag", number: int | None = None) -> str:
    """Make the slug of a name, the German way (``Müßig & Söhne`` → ``muessig-soehne``).

    ``number`` tells namesakes apart. Words that are pages of their own get a number anyway.
    """
    slug = slugify(
        unicodedata.normalize("NFC", name).translate(_GERMAN),
        entities=False,
        decimal=False,
        hexadecimal=False,
        max_length=MAX_SLUG - 10,
        word_boundary=True,
        save_order=True,
    )
    if number is None and slug in _ROUTES:
        number = 1
    return (slug or fallback) if number is None else f"{slug or fallback}-{number}"


_BASE_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"})
_LEFT_OUT = str.maketrans("", "", "'’.")
_NOT_SORTED = re.compile(r"[^\w\s]|_")


def sort_key(name: str) -> str:
    """Return what a name is sorted by, in a column with collation "C" (DIN 5007-1).

    Umlauts and accents count as their base letter, ß as ss; case and punctuation do not count.
    """
    letters = name.casefold()
    if not letters.isascii():
        folded = unicodedata.normalize("NFKD", letters).translate(_BASE_LETTERS)
        letters = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(_NOT_SORTED.sub(" ", letters.translate(_LEFT_OUT)).split())


def render_markdown(source: str, mentions: Mapping[str, str] | None = None) -> str:
    """Turn Markdown of at most ``MAX_PROSE`` characters into HTML that is safe to embed.

    ``mentions`` gives the path of the page (``/people/lena-hoffmann``) for the slugs that exist;
    ``find_mentions`` tells which to look up. Raw HTML is shown as text, pictures as links.
    """
    if len(source) > MAX_PROSE:
        msg = f"prose is rendered up to {MAX_PROSE} characters"
        raise ValueError(msg)
    return markup.to_html(source, mentions or {})


def _words(source: str, *, linked: bool) -> Iterator[str]:
    """Yield the text of a Markdown source, block by block; code only with ``linked``."""
    for block in markup.parse(source[:MAX_PROSE]):
        if linked and block.type in {"fence", "code_block"}:
            yield block.content
        parts, is_link = list[str](), False
        for token in block.children or ():
            is_link = token.type == "link_open" or (is_link and token.type != "link_close")
            if token.type in {"softbreak", "hardbreak"}:
                parts.append(" ")
            elif linked or (token.type == "text" and not is_link):
                parts.append(token.content)
            else:
                parts.append(" ")
        if parts:
            yield "".join(parts)


def find_mentions(source: str) -> list[str]:
    """Return the slugs mentioned as ``@slug`` or ``@[slug]`` outside code and links, each once."""
    found = (
        match
        for text in _words(source, linked=False)
        for match in markup.find_mention.finditer(text)
    )
    return list(dict.fromkeys(match[1] or match[2] for match in found))


def find_tags(source: str) -> list[str]:
    """Return the tags written as ``#tag`` outside code and links, normalised, each once."""
    found = (
        match for text in _words(source, linked=False) for match in markup.find_tag.finditer(text)
    )
    return list(dict.fromkeys(tag for match in found if (tag := normalise_tag(match[1]))))


def plain_text(source: str, limit: int | None = None) -> str:
    """Return a Markdown source as one line of plain text, cut at a word to ``limit`` characters."""
    text = " ".join(markup.find_invisible.sub("", " ".join(_words(source, linked=True))).split())
    if limit is None or len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[limit // 2 :] else cut}".rstrip(" ,;:–-") + "…"
