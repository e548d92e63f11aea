"""Examining a post before it is published: what it is, and what is found about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Examined:
    """A post as somebody wants to publish it, and the day it is published on.

    ``names`` are those of its author and of the company that it speaks for.
    """

    details: Any
    title: str
    body: str
    today: date
    tags: Sequence[str] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a post, or, if ``is_confirmable``, what its author should think over.

    ``path`` leads to the field in the draft, ``text`` is German. A confirmable one is shown and
    can be confirmed by its ``code``; the confirmation is kept with the post.
    """

    path: tuple[str, ...]
    code: str
    text: str
    params: dict[str, Any] = field(default_factory=dict)
    is_confirmable: bool = True
