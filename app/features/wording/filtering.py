"""Narrowing the list of a feature down to what has some words in it."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, Text, bindparam, cast, select
from sqlalchemy.dialects.postgresql import TSQUERY

from app.models.search import SearchDocument


def fits(words: Any, asked: Any) -> ColumnElement[bool]:
    """Whether words (a ``tsvector``) have what is asked for, written as a ``tsquery``."""
    return words.op("@@", return_type=Boolean())(cast(asked, TSQUERY))  # type: ignore[no-any-return]


def documents_with(asked: Any = None) -> Select[Any]:
    """Select the ids of all that has what is asked for, by default in the parameter ``words``."""
    if asked is None:
        asked = bindparam("words", type_=Text(), required=True)
    return select(SearchDocument.id).where(fits(SearchDocument.words, asked))
