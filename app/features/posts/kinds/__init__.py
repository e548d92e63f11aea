"""The registry of post kinds: every module in this package is one kind.

A kind's module declares its ``Details`` and a ``KIND``. What readers and programs meet of it
follows from that: the draft and its place in the OpenAPI document, the form, the card, the page,
the filters of lists, how long it lives, what search engines are told, and an example.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import BaseModel, ConfigDict


class Details(BaseModel):
    """Base for the facts one kind of post adds; ``kind`` discriminates."""

    model_config = ConfigDict(extra="forbid")

    kind: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a kind may tell search engines of one post; addresses are absolute."""

    url: str
    title: str
    text: str
    published_at: str
    edited_at: str | None
    author: dict[str, Any]
    details: dict[str, Any]
    replies: int
    accepted: dict[str, Any] | None
    others: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """All the platform knows about one kind of post; texts are German.

    ``facets`` name fields of the details by which lists can be filtered. ``structured`` returns
    the post as schema.org has it. ``example`` is published in the demo and shown in the contract.
    """

    details: type[Details]
    label: str
    plural: str
    hint: str
    example: Details
    structured: Callable[[Shown], dict[str, Any]]
    lives_for_days: int | None = None
    facets: tuple[str, ...] = ()
    may_accept_answer: bool = False

    @property
    def key(self) -> str:
        """The value of ``kind`` in rows, URLs and JSON."""
        return str(self.details.model_fields["kind"].default)


def discover() -> dict[str, Kind]:
    """Import each sibling module and collect its ``KIND``."""
    modules = (import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__))
    return {module.KIND.key: module.KIND for module in modules}
