"""The words of a post by which it is found: what everybody may read of it, and nothing else.

Who wrote it is not among them. A concealed post would tell, and the others would be found by how
well known their author is instead of by what they say.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from app.core.asking import Asked, label_of
from app.core.i18n import DEFAULT_LOCALE, LOCALES, translate
from app.core.text import plain_text
from app.features.posts.drafts import KINDS, restored
from app.features.wording.documents import Weight, Words
from app.reference.sectors import WZ_2008, section_of

_SECTION = ("wz2008_section", "wz2008_sections")
_DIVISION = ("wz2008_division", "wz2008_divisions")


def words_of(row: Any, *places: str | None) -> Words:
    """Return the words of a post: ``kind``, ``title``, ``body``, ``tags``, ``reference``, details.

    ``row.details`` are those that ``disclosed`` gives to nobody in particular.
    """
    kind = KINDS[row.kind]
    named = {translate(text, one) for text in (kind.label, kind.plural) for one in LOCALES}
    words = Words().add(row.title, Weight.NAME).add(row.reference, Weight.NAME)
    words.add_all([*sorted(named), *row.tags, *filter(None, places)], Weight.HEADING)
    words.add(plain_text(row.body), Weight.TEXT)
    return words.add_all(_facts(row.kind, row.details), Weight.FACTS)


def sectors_of(details: dict[str, Any]) -> list[str]:
    """Return the sections of WZ 2008 that details name, themselves or by a division."""
    sections = [code for name in _SECTION for code in _listed(details.get(name))]
    divisions = [code for name in _DIVISION for code in _listed(details.get(name))]
    found = {*sections, *(section_of(code, WZ_2008) for code in divisions)}
    return sorted(filter(None, found))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _facts(kind: str, details: dict[str, Any]) -> Iterator[str]:
    """Yield what details say in words, in German."""
    known = restored(kind, details)
    for name, info in type(known).model_fields.items():
        asked = next((one for one in info.metadata if isinstance(one, Asked)), None)
        if asked is None or asked.widget == "hidden":
            continue
        for value in _several(getattr(known, name)):
            if value is True:
                yield translate(asked.label, DEFAULT_LOCALE)
            elif isinstance(value, StrEnum):
                yield translate(label_of(value), DEFAULT_LOCALE)
            elif isinstance(value, str):
                choices = dict(asked.choices(DEFAULT_LOCALE)) if asked.choices else {}
                yield choices.get(value, value)


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
