"""How headers are understood, by name and by mapping file."""

import pytest

from app.core.sheets import UnusableFile
from app.features.companies.importing.columns import (
    NAMES,
    Field,
    map_columns,
    read_mapping,
)

REQUIRED = ["Mitgliedsnr.", "Firma", "Ort"]


def refusal(call, *arguments):
    with pytest.raises(UnusableFile) as caught:
        call(*arguments)
    reason = caught.value.reason
    assert reason.text % reason.params
    return reason


@pytest.mark.parametrize(
    "headers",
    [
        ("Mitgliedsnr.", "Firmenbezeichnung", "PLZ"),
        ("MITGLIEDSNUMMER", "Firma", "Ort"),
        ("Mitglieds-Nr", "Name", "Postleitzahl"),
        ("mitglieds_nummer", "firmen_name", "ort"),
        ("IDENT-NR.", "Name des Unternehmens", "Gemeinde"),
        ("Member No.", "Company", "ZIP code"),
        ("member_id", "Company Name", "City"),
        ("Nr.", "Unternehmen", "Stadt"),
    ],
)
def test_required_columns_are_known_in_german_and_english(headers):
    assert {Field.MEMBER_NUMBER, Field.NAME} < set(map_columns(headers).index)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Strasse", Field.STREET),
        ("STRAßE", Field.STREET),
        ("Straße/Hausnr.", Field.STREET),
        ("Beschaeftigte", Field.STAFF_COUNT),
        ("Beschaftigte", Field.STAFF_COUNT),
        ("E-MAIL", Field.EMAIL),
        ("USt-IdNr.", Field.VAT_ID),
        ("Gruendungsjahr", Field.FOUNDED_YEAR),
        ("Haus-Nr.", Field.HOUSE_NUMBER),
        ("WZ-Schlüssel", Field.SECTOR),
        ("Branche", Field.SECTOR),
    ],
)
def test_spellings_of_a_header_meet(header, field):
    assert map_columns([*REQUIRED, header]).index[field] == 3


def test_no_two_fields_claim_the_same_header():
    names = [
        name for plain, vague in NAMES.values() for name in f"{plain}|{vague}".split("|") if name
    ]
    for name in names:
        fields = [f for f in Field if name in "|".join(NAMES[f]).split("|")]
        assert len(fields) == 1, name


def test_a_plain_header_leaves_the_vague_one_unmapped():
    columns = map_columns([*REQUIRED, "Branche", "WZ-Code", "Name"])
    assert columns.index[Field.SECTOR] == 4
    assert columns.unmapped == ("Branche", "Name")


@pytest.mark.parametrize(
    ("header", "classification"),
    [("WZ 2025", 2025), ("WZ25", 2025), ("NACE Rev. 2.1", 2025), ("WZ 2008", 2008), ("WZ", None)],
)
def test_the_header_may_name_the_classification(header, classification):
    assert map_columns([*REQUIRED, header]).classification == classification


def test_missing_columns_are_named_with_what_was_found():
    reason = refusal(map_columns, ["Firma", "Umsatz"])
    assert reason.code == "column_missing"
    assert reason.params["fields"] == ["member_number", "postcode", "town"]
    assert "Mitgliedsnummer" in reason.params["accepted"]
    assert "„Umsatz“" in reason.params["found"]


def test_two_columns_for_one_field_are_refused():
    reason = refusal(map_columns, [*REQUIRED, "Telefon", "Tel."])
    assert reason.code == "column_twice"
    assert "„Telefon“, „Tel.“" in reason.params["found"]


def test_a_mapping_file_settles_what_names_leave_open(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text('member_number = "MGL"\nphone = "Tel."\nemail = ""\n', "utf-8")
    headers = ["MGL", "Nr", "Firma", "Ort", "Telefon", "Tel.", "E-Mail"]
    columns = map_columns(headers, read_mapping(path))
    assert columns.index[Field.MEMBER_NUMBER] == 0
    assert columns.index[Field.PHONE] == 5
    assert Field.EMAIL not in columns.index
    assert columns.unmapped == ("Nr", "Telefon", "E-Mail")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('nmae = "Firma"', "mapping_unknown"),
        ("name = 3", "mapping_unknown"),
        ('[name]\nx = "Firma"', "mapping_unknown"),
        ("name = ", "mapping_broken"),
        ('name = "\udcff"', "mapping_broken"),
    ],
)
def test_a_mapping_file_with_faults_is_refused(tmp_path, content, code):
    path = tmp_path / "mapping.toml"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert refusal(read_mapping, path).code == code


def test_a_mapping_file_that_is_not_there_is_refused(tmp_path):
    assert refusal(read_mapping, tmp_path / "none.toml").code == "mapping_broken"


def test_a_mapping_must_fit_the_file():
    absent = refusal(map_columns, REQUIRED, {Field.PHONE: "Ruf"})
    assert absent.code == "mapping_header_missing"
    twice = refusal(map_columns, REQUIRED, {Field.NAME: "Firma", Field.TOWN: "Firma"})
    assert twice.code == "mapping_column_twice"
