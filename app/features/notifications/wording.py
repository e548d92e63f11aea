"""What notifications say, by type; each ``about_*`` module registers its own."""

from dataclasses import dataclass
from typing import Any, Final

from app.core.i18n import N_, Locale, translate

WORDINGS: dict[str, "Wording"] = {}
_SOMETHING: Final = N_("Es gibt etwas Neues.")


@dataclass(frozen=True, slots=True)
class Wording:
    """One type of notification: its German text, and whether it is mailed too.

    ``text`` names its parameters as ``%(name)s``; it is the mail's subject as well.
    """

    type: str
    text: str
    mail: bool = True

    def __post_init__(self) -> None:
        assert self.type not in WORDINGS, self.type  # noqa: S101 - a slip of ours
        WORDINGS[self.type] = self


def said(type_: str, params: dict[str, Any], locale: Locale | None = None) -> str:
    """Say a notification in a language (the current one by default)."""
    wording = WORDINGS.get(type_)
    return translate(wording.text if wording else _SOMETHING, locale, **params)
