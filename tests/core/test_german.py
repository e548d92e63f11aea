"""German words: one spelling, and the stems of Snowball."""

import csv
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.german import fold, is_stop_word, stem, without_gender, words_in

TABLES = Path("app/reference/data")


def vocabulary():
    """The words of the shipped tables, but for the few that we bring to another stem."""
    said = []
    for name in ("occupations", "wz2008", "synonyms", "topics", "compounds"):
        with (TABLES / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            said += [" ".join(row) for row in csv.reader(file, delimiter="\t")]
    known = {word for line in said for parts in words_in(line) for word in parts if word.isalpha()}
    ours = re.compile(r".{3}s|.*([a-z]{3}[ao]|zubi)s")  # Kurs; Autos, Azubis
    return [one for one in sorted(known) if one == without_gender(one) and not ours.fullmatch(one)]


async def test_stems_are_those_of_postgresqls_own_dictionary(session):
    words = vocabulary()
    asked = text("SELECT w, ts_lexize('german_stem', w) FROM unnest(CAST(:words AS text[])) w")
    found = {word: lexemes[0] for word, lexemes in await session.execute(asked, {"words": words})
             if lexemes}  # fmt: skip
    assert len(found) > 1_500
    assert {word: stem(word) for word in found} == found


@pytest.mark.parametrize(
    "spellings",
    [
        ("Müller", "Mueller", "Muller", "MÜLLER"),
        ("Straße", "Strasse"),
        ("Döring", "Doering"),
        ("Wróbel", "Wrobel"),
        ("Fräser", "Fraeser"),
    ],
)
def test_a_word_has_one_spelling(spellings):
    assert len({fold(one) for one in spellings}) == 1


def test_an_e_that_belongs_to_another_sound_stays():
    assert fold("Steuer neu bauen Quelle") == "steuer neu bauen quelle"


def test_words_are_told_apart_and_both_genders_are_one():
    said = "Kfz-Mechatroniker/-in (m/w/d), Köch:innen und Kauffrau/-mann, E-Rechnungen"
    assert list(words_in(said)) == [
        ("kfz", "mechatroniker"), ("koch",), ("und",), ("kauffrau",), ("mann",), ("e", "rechnungen")
    ]  # fmt: skip
    assert {stem(one) for one in ("mechatronikerin", "mechatronikerinnen", "mechatronikern")} == {
        stem("mechatroniker")
    }
    assert stem("azubis") == stem("azubi")


def test_words_that_say_nothing_are_known():
    assert is_stop_word("der")
    assert not is_stop_word("halle")
