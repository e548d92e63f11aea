"""Narrowing the list of a feature down to what has some words in it."""

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    Text,
    any_,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.core.reads import bound
from app.features.wording.documents import mark
from app.models.search import SearchDocument, Thing


def fits(words: Any, asked: Any) -> ColumnElement[bool]:
    """Whether words (a ``tsvector``) have what is asked for, written as a ``tsquery``."""
    return words.op("@@", return_type=Boolean())(cast(asked, TSQUERY))  # type: ignore[no-any-return]


def documents_with(thing: Thing, asked: Any = None) -> Select[Any]:
    """Select the ids of things that have what is asked for, by default in parameter ``words``."""
    if asked is None:
        asked = bound("words", Text())
    is_thing = SearchDocument.marks.contains([mark("thing", thing.value)])
    return select(SearchDocument.id).where(fits(SearchDocument.words, asked), is_thing)


def has_words(id_: Any, thing: Thing) -> ColumnElement[bool]:
    """Keep things that have what is asked for in the parameter ``words``.

    As an array, which is made first: beside other conditions each then has its index.
    """
    return id_ == any_(func.array(documents_with(thing).scalar_subquery()))  # type: ignore[no-any-return]
