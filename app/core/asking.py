"""How a draft's fields are asked for: what a form needs to know and JSON does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from app.core.i18n import Locale

Widget = Literal[
    "text", "email", "password", "tel", "url", "textarea", "markdown", "number", "date",
    "datetime-local", "time",
    "checkbox", "checkboxes", "radios", "select", "hidden", "tags", "lines", "files",
]  # fmt: skip
Choices = Callable[[Locale], Sequence[tuple[str, str]]]

# Members of different enums may be equal as texts, so the enum is part of the key.
LABELS: dict[tuple[type[StrEnum], str], str] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """Metadata of a draft's field (``Annotated[str, Asked("Name")]``); texts are German.

    ``widget`` is found from the type where it is not given. ``choices`` returns values and
    their labels in a language; enums need none, their labels come from ``label``. ``files`` asks
    for as many ``FileDraft`` as the list may hold; ``accept`` says what browsers offer for it.
    ``nothing`` is what the empty choice of an optional field is called, where that means something
    of its own; ``further`` says what a value is called that is not offered, but may be chosen all
    the same. A text with ``choices`` suggests them. A group whose fields are ``folded`` opens
    on demand. What is ``needed`` must be said although it has a default. A number that ``is_year``
    is written without separators.
    """

    label: str
    hint: str = ""
    widget: Widget | None = None
    choices: Choices | None = None
    autocomplete: str = ""
    group: str = ""
    rows: int = 6
    accept: str = ""
    nothing: str = ""
    further: Callable[[str, Locale], str | None] | None = None
    folded: bool = False
    needed: bool = False
    is_year: bool = False


def label(labels: dict[StrEnum, str]) -> None:
    """Say what the members of an enum are called on screen (German)."""
    LABELS.update({(type(member), member.value): text for member, text in labels.items()})


def label_of(member: StrEnum) -> str:
    """Return what a member of an enum is called on screen (German)."""
    return LABELS.get((type(member), member.value), member.value)
