"""What becomes of the cells of one row."""

import pytest

from app.features.companies.importing.cleaning import CompanyRow, clean_row
from app.features.companies.importing.columns import Field, map_columns
from app.features.companies.importing.findings import Grade
from app.reference.tables import legal_forms

HEADERS = {
    Field.MEMBER_NUMBER: "Mitgliedsnummer",
    Field.NAME: "Firma",
    Field.NAME_ADDITION: "Firma 2",
    Field.LEGAL_FORM: "Rechtsform",
    Field.STREET: "Straße",
    Field.HOUSE_NUMBER: "Hausnummer",
    Field.POSTCODE: "PLZ",
    Field.TOWN: "Ort",
    Field.PHONE: "Telefon",
    Field.EMAIL: "E-Mail",
    Field.WEBSITE: "Homepage",
    Field.SECTOR: "WZ",
    Field.STAFF_COUNT: "Beschäftigte",
    Field.TRAINS_APPRENTICES: "Ausbildungsbetrieb",
    Field.FOUNDED_YEAR: "Gründungsjahr",
    Field.REGISTER_COURT: "Registergericht",
    Field.REGISTER_NUMBER: "HR-Nummer",
    Field.VAT_ID: "USt-IdNr.",
}
COLUMNS = map_columns(tuple(HEADERS.values()))
PLAIN = {"member_number": "17", "name": "Jaspert Elektro", "postcode": "44795", "town": "Bochum"}


def read(**cells: str):
    told = PLAIN | cells
    row = [told.get(field.value, "") for field in HEADERS]
    return clean_row(9, row, COLUMNS, classification=2008, this_year=2026)


def accepted(**cells: str) -> CompanyRow:
    company, findings = read(**cells)
    assert company is not None, findings
    assert [f.code for f in findings if f.grade is Grade.WARNING] == []
    return company


def codes(**cells: str) -> tuple[bool, list[str]]:
    company, findings = read(**cells)
    for said in findings:
        assert said.text % said.params
        assert said.line == 9
    return company is not None, [said.code for said in findings]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"member_number": ""}, "member_number_missing"),
        ({"member_number": " - "}, "member_number_missing"),
        ({"member_number": "1,2E+11"}, "member_number_damaged"),
        ({"member_number": "=A1"}, "formula"),
        ({"member_number": "9" * 65}, "too_long"),
        ({"name": " \u00a0 "}, "name_missing"),
        ({"name": "=HYPERLINK(1)"}, "formula"),
        ({"name": "  @SUM(A1)"}, "formula"),
        ({"name": "\tTab GmbH"}, "formula"),
        ({"name": "＝1+1"}, "formula"),
        ({"name": "<b>Fett</b> GmbH"}, "markup"),
        ({"name": "&lt;script&gt; GmbH"}, "markup"),
        ({"name": "www.firma.example"}, "name_is_link"),
        ({"name": "x" * 400}, "too_long"),
        ({"name": "x" * 150, "name_addition": "y" * 150}, "too_long"),
        ({"name": "Nul\0 GmbH"}, "control_characters"),
        ({"name": "abc\u202egnp.exe"}, "control_characters"),
        ({"street": "x" * 400}, "too_long"),
        ({"street": "Weg\x1b[31m 3"}, "control_characters"),
        ({"postcode": "", "town": ""}, "place_missing"),
        ({"postcode": "", "town": "k.A."}, "place_missing"),
    ],
)
def test_a_row_is_rejected_for_one_stated_reason(cells, code):
    is_taken, said = codes(**cells)
    assert (is_taken, [c for c in said if c != "characters_repaired"]) == (False, [code])


def test_a_text_that_is_too_long_names_its_length_and_the_limit():
    _, findings = read(street="x" * 400)
    assert (findings[0].column, findings[0].params) == ("Straße", {"length": 400, "limit": 120})


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("phone", "keine Ahnung", "phone_unusable"),
        ("phone", "0234", "phone_unusable"),
        ("phone", "1" * 1001, "cell_dropped"),
        ("email", "info(at)firma.example", "email_unusable"),
        ("email", "a@b@c", "email_unusable"),
        ("website", "javascript:alert(1)", "website_unusable"),
        ("website", "info@firma.example", "website_unusable"),
        ("website", "http://user:pw@firma.example", "website_unusable"),
        ("website", "http://10.0.0.1/", "website_unusable"),
        ("vat_id", "DE123456789", "vat_id_unusable"),
        ("register_number", "unbek. Nr.", "register_number_unusable"),
        ("register_number", "18340", "register_number_unusable"),
        ("register_court", "12345", "register_court_unusable"),
        ("sector", "Einzelhandel", "sector_unknown"),
        ("sector", "44.10", "sector_unknown"),
        ("staff_count", "viele", "staff_count_unusable"),
        ("staff_count", "01. Apr", "staff_count_unusable"),
        ("staff_count", "-3", "staff_count_unusable"),
        ("staff_count", "bis 49", "staff_count_unusable"),
        ("trains_apprentices", "vielleicht", "yes_or_no_unclear"),
        ("founded_year", "2027", "founded_year_unusable"),
        ("founded_year", "alt", "founded_year_unusable"),
        ("legal_form", "Zunft", "legal_form_unknown"),
        ("postcode", "A-1010 Wien", "postcode_unusable"),
        ("postcode", "5020", "postcode_unusable"),
        ("street", "<i>Weg</i> 3", "markup_dropped"),
        ("street", "=1+1", "formula_kept"),
        ("town", "K?ln", "characters_lost"),
    ],
)
def test_a_bad_value_is_warned_of_and_the_row_taken(field, cell, code):
    company, findings = read(**{field: cell})
    assert company is not None
    assert [(f.code, f.grade, f.column) for f in findings] == [
        (code, Grade.WARNING, HEADERS[Field(field)])
    ]


@pytest.mark.parametrize("nothing", ["", "-", "--", "k.A.", "K. A.", "n/a", "NULL", "unbekannt"])
def test_what_says_nothing_is_empty_and_not_wrong(nothing):
    optional = (f.value for f in HEADERS if f.value not in PLAIN)
    company = accepted(**dict.fromkeys(optional, nothing))
    assert company.name == "Jaspert Elektro"
    values = (company.phone, company.email, company.website, company.vat_id, company.size_band)
    assert set(values) == {None}


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Müller\u00a0 &\t Söhne ", "Müller & Söhne"),
        ("Mu\u0308ller", "Müller"),
        ("M&uuml;ller &amp; Co", "Müller & Co"),
        ("MÃ¼ller & SÃ¶hne", "Müller & Söhne"),
        ("Ab\u00adbruch\u200b Ruhr", "Abbruch Ruhr"),
        ("oben\nunten", "oben unten"),
        ("I love 3 GmbH", "I love 3 GmbH"),
    ],
)
def test_names_are_tidied(raw, clean):
    company, _ = read(name=raw)
    assert company is not None
    assert company.name == clean


def test_a_name_in_two_columns_is_joined():
    assert accepted(name_addition="Anlagenbau").name == "Jaspert Elektro Anlagenbau"


@pytest.mark.parametrize(
    ("column", "name", "code"),
    [
        ("GmbH", "X", "gmbh"),
        ("Gmbh", "X", "gmbh"),
        ("G.m.b.H.", "X", "gmbh"),
        ("GmbH & Co. KG", "X", "gmbh_co_kg"),
        ("GmbH und Co KG", "X", "gmbh_co_kg"),
        ("GMBH&CO.KG", "X", "gmbh_co_kg"),
        ("e.K.", "X", "ek"),
        ("e. Kfr.", "X", "ek"),
        ("UG (haftungsbeschr.)", "X", "ug"),
        ("UG (haftungsbeschränkt) & Co. KG", "X", "ug_co_kg"),
        ("K.d.ö.R.", "X", "kdoer"),
        ("GmbH i.G.", "X", "gmbh"),
        ("KG", "Jaspert GmbH & Co. KG", "gmbh_co_kg"),
        ("GmbH", "Jaspert gGmbH", "ggmbh"),
        ("", "Jaspert Elektro G.m.b.H.", "gmbh"),
        ("", "Handelsgesellschaft mbH", "gmbh"),
        ("", "Jaspert UG (haftungsbeschränkt)", "ug"),
        ("", "Jaspert UG(haftungsbeschränkt)", "ug"),
        ("", "Jaspert GmbH & Co. KG i. L.", "gmbh_co_kg"),
        ("", "Turnverein 1848 e. V.", "ev"),
        ("", "Jaspert e.K.", "ek"),
        ("", "Öztürk Ltd.", "auslaendisch"),
        ("", "Verlag Ruhr", None),
        ("", "GmbH", None),
        ("", "Wiese Ag", None),
        ("", "Die Partnerschaft", None),
    ],
)
def test_the_legal_form_comes_from_its_column_or_the_end_of_the_name(column, name, code):
    assert accepted(legal_form=column, name=name).legal_form == code
    assert code is None or code in legal_forms()


@pytest.mark.parametrize(
    ("street", "number", "expected"),
    [
        ("Jaspertstraße 23a", "", ("Jaspertstraße", "23a")),
        ("Lüttgensstraße 16 b", "", ("Lüttgensstraße", "16b")),
        ("Straße des 17. Juni 135", "", ("Straße des 17. Juni", "135")),
        ("Straße des 17. Juni", "", ("Straße des 17. Juni", "")),
        ("Hauptstr. 12-14", "", ("Hauptstr.", "12-14")),
        ("Hauptstr. 12 - 14", "", ("Hauptstr.", "12-14")),
        ("Postfach 10 12 34", "", ("Postfach 10 12 34", "")),
        ("Am Markt", "3 c", ("Am Markt", "3c")),
        ("", "", ("", "")),
    ],
)
def test_street_and_house_number_are_told_apart(street, number, expected):
    company = accepted(street=street, house_number=number)
    assert (company.street, company.house_number) == expected


@pytest.mark.parametrize(
    ("postcode", "town", "expected"),
    [
        ("1067", "DRESDEN", ("01067", "Dresden")),
        ("D-44795", "Bochum-Mitte", ("44795", "Bochum-Mitte")),
        ("44795.0", "BAD HOMBURG V.D.H.", ("44795", "Bad Homburg v.d.H.")),
        ("", "44795 Bochum", ("44795", "Bochum")),
        ("", "MÜLHEIM AN DER RUHR", ("", "Mülheim an der Ruhr")),
        ("44795", "", ("44795", "")),
    ],
)
def test_postcodes_and_towns_are_put_right(postcode, town, expected):
    company = accepted(postcode=postcode, town=town)
    assert (company.postcode, company.town) == expected


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0234/815550", "+49234815550"),
        ("+49 (0) 2323 74148", "+49232374148"),
        ("02302 - 5246", "+4923025246"),
        ("Tel.: 0234 815550 oder 0234 815551", "+49234815550"),
        ("+31 20 794 0800", "+31207940800"),
    ],
)
def test_telephone_numbers_become_e164(cell, number):
    assert accepted(phone=cell).phone == number


def test_the_first_valid_address_counts_and_the_others_are_kept():
    company, findings = read(email="kaputt@; INFO@Firma.EXAMPLE, <chef@firma.example>")
    assert company is not None
    assert company.email == "info@firma.example"
    assert company.other_emails == ("chef@firma.example",)
    assert [f.code for f in findings] == ["email_unusable"]


@pytest.mark.parametrize(
    ("cell", "url"),
    [
        ("www.firma.example", "https://www.firma.example/"),
        ("HTTP://Firma.EXAMPLE/Weg?x=1", "http://firma.example/Weg?x=1"),
        ("https://firma.example; https://shop.firma.example", "https://firma.example/"),
    ],
)
def test_websites_get_one_form(cell, url):
    assert accepted(website=cell).website == url


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        ("0", "owner_only"),
        ("nur Inhaber", "owner_only"),
        ("1-4", "1-4"),
        ("5", "5-9"),
        ("ca. 20", "20-49"),
        ("62", "50-99"),
        ("250", "250-499"),
        ("1.250", "500+"),
        ("10 bis 19", "10-19"),
        ("20–49", "20-49"),
        ("über 500", "500+"),
        ("unter 5", "1-4"),
        ("12 MA", "10-19"),
    ],
)
def test_staff_becomes_a_size_band(cell, band):
    assert accepted(staff_count=cell).size_band == band


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("45.20.1", ["45.20.1"]),
        ("45201", ["45.20.1"]),
        ("45", ["45"]),
        ("1.11", ["01.11"]),
        ("62.01.9 Sonstige Softwareentwicklung", ["62.01.9"]),
        ("62.01; 70.22", ["62.01", "70.22"]),
        ("G", ["G"]),
        ("G 45.20", ["45.20"]),
    ],
)
def test_sectors_are_read_in_every_spelling(cell, expected):
    assert [sector.code for sector in accepted(sector=cell).sectors] == expected


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("J", True),
        ("ja", True),
        ("x", True),
        ("1", True),
        ("N", False),
        ("nein", False),
        ("", None),
    ],
)
def test_ticks_and_words_are_yes_or_no(cell, value):
    assert accepted(trains_apprentices=cell).trains_apprentices is value


@pytest.mark.parametrize(
    ("court", "number", "form", "expected"),
    [
        ("AG Bochum", "HRB 18340", "GmbH", ("Amtsgericht Bochum", "HRB", "18340")),
        ("Amtsgericht Essen", "HRA1441", "KG", ("Amtsgericht Essen", "HRA", "1441")),
        ("Bochum", "HRB 123 b", "GmbH", ("Amtsgericht Bochum", "HRB", "123 B")),
        ("", "18340", "GmbH", (None, "HRB", "18340")),
        ("", "AG Bochum, VR Nr. 77", "e.V.", (None, "VR", "77")),
        ("", "GnR 5", "eG", (None, "GnR", "5")),
    ],
)
def test_register_entries_are_taken_apart(court, number, form, expected):
    company = accepted(register_court=court, register_number=number, legal_form=form)
    found = (company.register_court, company.register_type, company.register_number)
    assert found == expected


def test_a_register_that_does_not_fit_the_form_is_kept_and_warned_of():
    company, findings = read(register_number="HRB 5", legal_form="e. V.")
    assert company is not None
    assert company.register_type == "HRB"
    assert [f.code for f in findings] == ["register_unlikely"]


def test_vat_ids_are_checked():
    assert accepted(vat_id="de 136 695 976").vat_id == "DE136695976"


def test_member_numbers_stay_text_and_compare_without_lost_zeros():
    company = accepted(member_number=" 0012345 ")
    assert (company.external_id, company.external_key) == ("0012345", "12345")
    assert accepted(member_number="12345.0").external_id == "12345"
    assert accepted(member_number="AB-007").external_key == "ab-007"
