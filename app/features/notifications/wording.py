"""What notifications say, by type; each ``about_*`` module registers its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.i18n import N_, Locale, translate
from app.features.posts.matching_rules import restored_reason

WORDINGS: dict[str, "Wording"] = {}
_SOMETHING: Final = N_("Es gibt etwas Neues.")


@dataclass(frozen=True, slots=True)
class Wording:
    """One type of notification: its German text, and whether it is mailed too.

    ``text`` names its parameters as ``%(name)s``; it is the mail's subject as well, unless that
    is given. A parameter may be a list of stored reasons.
    """

    type: str
    text: str
    mail: bool = True
    subject: str = ""

    def __post_init__(self) -> None:
        assert self.type not in WORDINGS, self.type  # noqa: S101 - a slip of ours
        WORDINGS[self.type] = self


@dataclass(frozen=True, slots=True)
class Message:
    """What is told of one event: a wording, what it names, and where it leads."""

    wording: Wording
    params: Mapping[str, Any]
    path: str
    dedup_key: str


def said(type_: str, params: dict[str, Any], locale: Locale | None = None) -> str:
    """Say a notification in a language (the current one by default)."""
    wording = WORDINGS.get(type_)
    return translate(wording.text if wording else _SOMETHING, locale, **in_words(params, locale))


def said_shortly(type_: str, params: dict[str, Any], locale: Locale) -> str:
    """Say a notification as the subject of its mail does, where others may look on."""
    wording = WORDINGS.get(type_)
    if wording is None or not wording.subject:
        return said(type_, params, locale)
    return translate(wording.subject, locale, **in_words(params, locale))


def in_words(params: Mapping[str, Any], locale: Locale | None = None) -> dict[str, str]:
    """Return params as they are said in a language; a list of reasons becomes one text."""
    return {
        name: ", ".join(restored_reason(one).said(locale) for one in value)
        if isinstance(value, list)
        else value
        for name, value in params.items()
    }
