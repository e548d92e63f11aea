"""Telltales: what in the words of a concealed post gives away who is behind it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import phonenumbers

from app.core.i18n import N_
from app.core.text import find_mentions, sort_key
from app.features.posts.examining import Examined, Finding

Path = tuple[str, ...]
_LEAST_NAME: Final = 4  # letters; shorter parts of a name stand in many texts
_STREETS: Final = "straße|strasse|str\\.|allee|gasse|chaussee"
_NUMBERED: Final = "weg|platz|ring|ufer|damm|markt|hof|berg|feld"
_PATTERNS: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = (
    (
        "telltale_email",
        N_("Im Text steht eine E-Mail-Adresse. Sie verrät, wer Sie sind."),
        re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ),
    (
        "telltale_url",
        N_("Im Text steht eine Internetadresse. Sie verrät, wer Sie sind."),
        re.compile(
            r"https?://|\bwww\.|\b[\w-]+\.(?:de|com|net|org|eu|info|biz|nrw|nl|at|ch)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "telltale_street",
        N_("Im Text steht eine Straße. Sie verrät, wo Ihr Betrieb liegt."),
        re.compile(
            rf"\b\w*(?:{_STREETS})(?!\w)|\b\w+(?:{_NUMBERED})\s+\d{{1,3}}\s?[a-z]?\b"
            r"|\b(?:am|an der|im|in der|auf de[mr]|zum|zur)\s+\w+\s+\d{1,3}\s?[a-z]?\b",
            re.IGNORECASE,
        ),
    ),
    (
        "telltale_figure",
        N_(
            "Im Text steht eine genaue Zahl zu Umsatz, Preis oder Belegschaft. Die Angaben oben "
            "nennen mit Absicht nur Spannen."
        ),
        re.compile(
            r"\d[\d.,]*\s*(?:€|EUR\b|Euro\b|TEUR\b|T€|Mio\b|Millionen|Mitarbeit|Beschäftigt|Angestellt)"
            r"|(?:€|EUR)\s*\d",
            re.IGNORECASE,
        ),
    ),
)
_PHONE: Final = N_("Im Text steht eine Telefonnummer. Sie verrät, wer Sie sind.")
_MENTION: Final = N_("Im Text ist jemand mit @ genannt. Das verrät, zu wem Sie gehören.")
_NAME: Final = N_("Im Text steht Ihr Name oder der Ihres Unternehmens.")
_LEGAL_FORMS: Final = frozenset({"gmbh", "mbh", "gesellschaft", "haftungsbeschrankt", "partg"})


def telltales(post: Examined) -> Iterator[Finding]:
    """Find what gives away who is behind a post; each kind of telltale once, to be confirmed."""
    texts: dict[Path, str] = {("title",): post.title, ("body",): post.body}
    texts |= {("details", name): text for name, text in _written(post.details)}
    texts[("tags",)] = " ".join(post.tags)
    seen = set[str]()
    for path, code, text in _found(texts, post.names):
        if code not in seen:
            seen.add(code)
            yield Finding(path, code, text)


def gives_away(text: str, names: Sequence[str]) -> bool:
    """Whether a text gives away who wrote it."""
    return any(True for _ in _found({(): text}, names))


def _written(details: object) -> Iterable[tuple[str, str]]:
    return [(name, text) for name, text in vars(details).items() if isinstance(text, str)]


def _found(texts: Mapping[Path, str], names: Sequence[str]) -> Iterator[tuple[Path, str, str]]:
    parts = _telling_parts(names)
    for path, text in texts.items():
        for code, said, pattern in _PATTERNS:
            if pattern.search(text):
                yield path, code, said
        if next(iter(phonenumbers.PhoneNumberMatcher(text, "DE")), None):
            yield path, "telltale_phone", _PHONE
        if find_mentions(text):
            yield path, "telltale_mention", _MENTION
        words = set(re.split(r"[^a-z0-9]+", sort_key(text)))
        if parts & words:
            yield path, "telltale_name", _NAME


def _telling_parts(names: Sequence[str]) -> set[str]:
    """Return the words of names by which somebody could be found."""
    words = {word for name in names for word in re.split(r"[^a-z0-9]+", sort_key(name))}
    return {word for word in words if len(word) >= _LEAST_NAME} - _LEGAL_FORMS
