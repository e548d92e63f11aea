"""German compounds, taken apart."""

import pytest

from app.reference.compounds import parts_of
from app.reference.tables import compound_words, shipped_synonyms, synonyms_in


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("unternehmensnachfolge", ("unternehmen", "nachfolge")),
        ("kraftfahrzeugmechatronikerin", ("kraftfahrzeug", "mechatroniker")),
        ("palettenstellplatz", ("palette", "stelle", "platz")),
        ("sprachkurse", ("sprache", "kurse")),
        ("handwerk", ()),
        ("verband", ()),
        ("nachbarschaft", ()),
        ("bochum", ()),
        ("halle", ()),
        ("xylophon", ()),
    ],
)
def test_a_compound_is_taken_apart_and_nothing_else(word, parts):
    assert parts_of(word) == parts


def test_the_tables_are_whole():
    words = compound_words()
    assert {use for _, use in words} == {"part", "join", "whole"}
    assert len(set(words)) == len(words)
    assert all(len(group) > 1 for group in synonyms_in(shipped_synonyms()))
