"""WZ codes as lists and people write them."""

import pytest
from hypothesis import given, strategies as st

from app.reference.sectors import divisions, parse_sector, section_of, sections, sector_label


@pytest.mark.parametrize(
    ("written", "code", "section", "division"),
    [
        ("45.20.1", "45.20.1", "G", "45"),
        ("45201", "45.20.1", "G", "45"),
        ("4520", "45.20", "G", "45"),
        ("45.2", "45.2", "G", "45"),
        ("86", "86", "Q", "86"),
        ("1.13.1", "01.13.1", "A", "01"),
        ("1", "01", "A", "01"),
        (" g ", "G", "G", None),
        ("G 47.11", "47.11", "G", "47"),
        ("WZ 2008: 62.01.9", "62.01.9", "J", "62"),
        ("WZ08 62", "62", "J", "62"),
        ("WZ 25.62", "25.62", "C", "25"),
    ],
)
def test_a_code_is_read_however_it_is_written(written, code, section, division):
    found = parse_sector(written)
    assert (found.classification, found.code) == (2008, code)
    assert (found.section, found.division) == (section, division)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "4",
        "44",
        "34.10",
        "A 45",
        "W",
        "Handel",
        "45.201.1",
        "452011",
        "www.firma.example",
        "٤٥",
    ],
)
def test_what_is_no_code_is_not_guessed(written):
    assert parse_sector(written) is None


def test_the_same_letter_means_another_section_in_the_later_classification():
    assert parse_sector("62", 2008).section == "J"
    assert parse_sector("62", 2025).section == "K"
    assert parse_sector("WZ 2025 62").section == "K"
    assert section_of("68", 2008) == "L"
    assert section_of("68", 2025) == "M"


def test_the_later_classification_has_no_division_45():
    assert parse_sector("45.20.1", 2025) is None
    assert section_of("45", 2025) is None


def test_a_code_is_labelled_by_its_division_or_section():
    assert sector_label("45.20.1", 2008).de.startswith("Handel mit Kraftfahrzeugen")
    assert sector_label("G", 2008).en.startswith("Wholesale and retail trade")
    assert sector_label("99.00.0", 2008).de == "Exterritoriale Organisationen und Körperschaften"
    assert sector_label("04", 2008) is None


@pytest.mark.parametrize("classification", [2008, 2025])
def test_every_division_belongs_to_a_section(classification):
    for division in divisions(classification):
        assert section_of(division, classification) in sections(classification)
        assert parse_sector(division, classification).division == division


@given(st.text(max_size=30))
def test_no_text_upsets_the_reader(text):
    found = parse_sector(text)
    assert found is None or found.section in sections(2008)
