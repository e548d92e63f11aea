"""The shipped tables, held against what others publish where that lies beside the project."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from app.reference.tables import (
    find_legal_form,
    languages,
    legal_forms,
    official_municipalities,
    place_lines,
    sector_titles,
    size_band_of,
    size_bands,
    states,
    topics,
)

BESIDE = Path(__file__).parents[3] / "shared" / "reference"
GERMANY = {"latitude": (47.2, 55.1), "longitude": (5.8, 15.1)}


def published(name):
    path = BESIDE / name
    if not path.exists():
        pytest.skip(f"{name} does not lie beside the project")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_wz_2008_is_titled_as_published():
    ours = {(r["code"], r["parent"], r["de"]) for r in sector_titles(2008)}
    theirs = published("wz2008_abschnitte_abteilungen.tsv")
    assert ours == {(r["code"], r["parent"], r["titel_de"]) for r in theirs}
    english = {r["code"]: r["title_en"].casefold().replace("u0n", "un") for r in theirs}
    assert {r["code"]: r["en"].casefold() for r in sector_titles(2008)} == english


def test_wz_2025_follows_nace_2_1():
    ours = {(r["code"], r["parent"], r["en"]) for r in sector_titles(2025)}
    theirs = published("nace21_sections_divisions_en.tsv")
    assert ours == {(r["code"], r["parent"], r["title_en"]) for r in theirs}


@pytest.mark.parametrize(
    ("classification", "sections", "divisions"), [(2008, 21, 88), (2025, 22, 87)]
)
def test_each_classification_is_complete(classification, sections, divisions):
    rows = list(sector_titles(classification))
    assert sum(not row["parent"] for row in rows) == sections
    assert sum(bool(row["parent"]) for row in rows) == divisions
    assert all(row["de"] and row["en"] for row in rows)


def test_every_postcode_lies_in_germany_and_in_a_state():
    lines = list(place_lines())
    assert len({line.postcode for line in lines}) > 8_000
    for line in lines:
        assert len(line.postcode) == 5
        assert line.postcode.isdigit()
        assert line.state in states()
        assert GERMANY["latitude"][0] < line.latitude < GERMANY["latitude"][1], line
        assert GERMANY["longitude"][0] < line.longitude < GERMANY["longitude"][1], line


def test_a_municipality_is_listed_once_per_postcode():
    pairs = [(line.postcode, line.key) for line in place_lines()]
    assert len(pairs) == len(set(pairs))


def test_official_codes_are_those_published():
    theirs = {}
    for row in published("plz_de_osm_centroids_ODbL.tsv"):
        theirs.setdefault(row["ags"], (row["ort"], set()))[1].add(row["plz"])
    for town in official_municipalities():
        assert (town.name, town.postcodes) == theirs[town.code]


def test_a_town_lies_in_the_district_and_state_of_its_code():
    for town in official_municipalities():
        assert town.code.startswith(states()[town.state].ags)
        assert town.district is None or town.code.startswith(town.district)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("GmbH", "gmbh"),
        ("gmbh & co. kg", "gmbh_co_kg"),
        ("GmbH u. Co KG", "gmbh_co_kg"),
        ("e.K.", "ek"),
        ("e. Kfr.", "ek"),
        ("eG", "eg"),
        ("UG (haftungsbeschränkt)", "ug"),
        ("UG", "ug"),
        ("e.V.", "ev"),
        ("KdöR", "kdoer"),
        ("Aktiengesellschaft", "ag"),
    ],
)
def test_a_legal_form_is_known_by_its_spellings(written, code):
    assert find_legal_form(written).code == code


def test_an_unknown_legal_form_is_not_guessed():
    assert find_legal_form("GmbH in Abwicklung") is None
    assert find_legal_form("") is None


def test_no_spelling_means_two_legal_forms():
    for form in legal_forms().values():
        for name in (form.code, form.de, *form.spellings):
            assert find_legal_form(name) is form


def test_bands_of_employees_leave_no_gap():
    bands = list(size_bands().values())
    for smaller, larger in pairwise(bands):
        assert larger.least == smaller.most + 1
    assert [size_band_of(n).code for n in (0, 1, 4, 5, 62, 500, 9_999)] == [
        "owner_only", "1-4", "1-4", "5-9", "50-99", "500+", "500+",
    ]  # fmt: skip


@pytest.mark.parametrize("table", [legal_forms, size_bands, topics, languages, states])
def test_every_label_is_there_in_both_languages(table):
    for code, label in table().items():
        assert code == label.code
        assert label.de.strip()
        assert label.en.strip()
