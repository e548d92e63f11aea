"""Languages: German is the source of every text, English its translation."""

from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

Locale = Literal["de", "en"]
LOCALES: tuple[Locale, ...] = get_args(Locale)
DEFAULT_LOCALE: Locale = "de"
CATALOGUES = Path(__file__).parents[1] / "translations"

current_locale: ContextVar[Locale] = ContextVar("current_locale", default=DEFAULT_LOCALE)


def N_(text: str) -> str:  # noqa: N802 - the name that message extractors know
    """Mark ``text`` for translation; it is translated where it is shown."""
    return text


@cache
def catalogue(locale: Locale) -> NullTranslations:
    """Return the texts of one language, read from its catalogue once."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "kontor.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale))
    compiled.seek(0)
    return Translations(compiled)


def translate(text: str, locale: Locale | None = None, /, **params: Any) -> str:
    """Say ``text`` in a language (the current one by default), its ``%(name)s`` filled in."""
    said = catalogue(locale or current_locale.get()).gettext(text) if text else ""
    return said % params if params else said


def as_locale(text: str | None) -> Locale:
    """Read a language tag such as ``en-GB``; whatever is not spoken here becomes German."""
    primary = (text or "").split("-")[0].lower()
    return next((known for known in LOCALES if known == primary), DEFAULT_LOCALE)
