"""The strings of drafts, slugs and sort keys."""

import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.text import (
    MAX_PROSE,
    Line,
    Name,
    Phone,
    Prose,
    Slug,
    Tag,
    Url,
    find_mentions,
    find_tags,
    make_slug,
    normalise_tag,
    plain_text,
    sort_key,
)

LINE = TypeAdapter(Annotated[str, Line(40)])
NAME = TypeAdapter(Annotated[str, Name(40)])
PROSE = TypeAdapter(Annotated[str, Prose(200)])
OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def refusal(kind: Any, value: str) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    (error,) = caught.value.errors()
    assert not value.strip() or len(value) < 4 or value not in error["msg"]
    return error["type"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a\0b", "nul_character"),
        ("a\ud800b", "lone_surrogate"),
        ("a\nb", "control_character"),
        ("a\r\nBcc: b@c.example", "control_character"),
        ("a\x1bb", "control_character"),
        ("a\x85b", "control_character"),
        ("a\uffffb", "control_character"),
        ("", "string_too_short"),
        (" \t\u00a0", "string_too_short"),
        ("\u200b\u202e", "string_too_short"),
        ("x" * 41, "string_too_long"),
    ],
)
def test_a_line_refuses_what_is_not_one_line_of_text(value, code):
    assert refusal(Annotated[str, Line(40)], value) == code


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("  Drehen \t und\u00a0\u00a0Fräsen ", "Drehen und Fräsen"),
        ("a\u2028b", "a b"),
        ("e\u0301", "é"),
        (f"a{OVERRIDES}b", "ab"),
        ("M8 < M10 & {{7*7}} %s {0.__class__}", "M8 < M10 & {{7*7}} %s {0.__class__}"),
    ],
)
def test_a_line_is_stored_tidily_and_otherwise_literally(value, kept):
    assert LINE.validate_python(value) == kept


@pytest.mark.parametrize("value", ["<b>Lena</b>", "a > b", "http://x", "Ihr Gewinn: www.x.example"])
def test_a_name_cannot_pass_for_markup_or_a_link(value):
    assert refusal(Annotated[str, Name(40)], value) == "markup"


def test_prose_keeps_its_lines_and_counts_a_line_break_once():
    assert PROSE.validate_python("\r\n a\r\nb\rc\tx\u2029d \r\n") == " a\nb\nc\tx\nd"
    assert PROSE.validate_python("ab\r\n" * 50 + "x" * 50) == "ab\n" * 50 + "x" * 50
    assert refusal(Annotated[str, Prose(200)], "x\n" * 101) == "string_too_long"
    assert refusal(Annotated[str, Prose(200)], "a\x0bb") == "control_character"
    assert refusal(Annotated[str, Prose(200)], "a\0b") == "nul_character"


def test_prose_may_be_empty_where_a_draft_says_so():
    assert TypeAdapter(Annotated[str, Prose(200, 0)]).validate_python(" \n ") == ""


def test_prose_is_never_longer_than_what_is_rendered():
    with pytest.raises(ValueError, match="20000"):
        Prose(MAX_PROSE + 1)


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_whatever_a_line_takes_is_settled_and_safe(value):
    try:
        taken = LINE.validate_python(value)
    except ValidationError:
        return
    assert taken == LINE.validate_python(taken) == unicodedata.normalize("NFC", taken)
    assert taken.isprintable() or all(unicodedata.category(c) != "Cc" for c in taken)
    taken.encode()


@settings(deadline=None, derandomize=True)
@given(st.from_regex(NAME.json_schema()["pattern"], fullmatch=True).filter(lambda s: len(s) < 41))
def test_what_the_schema_of_a_name_allows_is_taken(value):
    if "://" not in value and "www." not in value.lower():
        assert NAME.validate_python(value)


@settings(deadline=None, derandomize=True)
@given(st.from_regex(PROSE.json_schema()["pattern"], fullmatch=True).filter(lambda s: len(s) < 99))
def test_what_the_schema_of_prose_allows_is_taken(value):
    assert PROSE.validate_python(value)


@settings(deadline=None, derandomize=True)
@given(st.from_regex(TypeAdapter(Url).json_schema()["pattern"], fullmatch=True))
def test_what_the_schema_of_an_address_allows_is_taken(value):
    if "xn--" not in value.lower() and len(value) < 200 and "--" not in value:
        assert TypeAdapter(Url).validate_python(value).startswith("http")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("www.ihk.example", "https://www.ihk.example/"),
        ("HTTPS://IHK.example/Ä?q=1#x", "https://ihk.example/%C3%84?q=1#x"),
        ("http://münchen.example", "http://xn--mnchen-3ya.example/"),
        (" firma.example:8080/x ", "https://firma.example:8080/x"),
    ],
)
def test_a_web_address_is_normalised(value, kept):
    assert TypeAdapter(Url).validate_python(value) == kept


@pytest.mark.parametrize(
    "value",
    [
        "",
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "feed:javascript:alert(1)",
        "//evil.example",
        "https:evil.example",
        "https:/evil.example",
        r"https:\\evil.example",
        r"https://bank.example\@evil.example",
        "https://bank.example@evil.example",
        "https://a:b@evil.example",
        "http://localhost",
        "http://127.0.0.1",
        "http://0x7f.1",
        "http://2130706433",
        "http://[::1]/",
        "https://a b.example",
        "https://a.example/\nx",
        "https://a.example:99999",
        "ftp://a.example",
        "mailto:a@b.example",
        "a@b.example",
        "https://" + "a" * 64 + ".example",
        "https://a.example/?\\",
        "https://a.example/" + "ü" * 1000,
        "https://a.example/" + "x" * 2000,
    ],
)
def test_what_is_no_public_web_address_is_refused(value):
    code = refusal(Url, value)
    assert code in {"invalid_url", "control_character", "string_too_long"}


@pytest.mark.parametrize("value", ["0234 9113-0", "+49 234 9113 0", "0234/91130", "(0234) 91130"])
def test_a_telephone_number_is_german_unless_it_says_otherwise(value):
    assert TypeAdapter(Phone).validate_python(value) == "+4923491130"


@pytest.mark.parametrize("value", ["123", "abc", "", "+49", "0234 91130 ext 5", "9" * 39])
def test_what_nobody_can_dial_is_refused(value):
    assert refusal(Phone, value) == "invalid_phone"


@pytest.mark.parametrize(
    "value", ["A", "a--b", "-a", "a-", "ä", "a b", "", "a" * 81, "a/..", "a\n"]
)
def test_a_slug_has_one_form(value):
    assert refusal(Slug, value) == "invalid_slug"
    assert TypeAdapter(Slug).validate_python("muessig-soehne-2") == "muessig-soehne-2"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Müßig & Söhne GmbH", "muessig-soehne-gmbh"),
        ("Mu\u0308ller", "mueller"),
        ("ÄRZTE ÜBER ÖL", "aerzte-ueber-oel"),
        ("Café Łódź", "cafe-lodz"),
        ("&uuml; &#252;", "uuml-252"),
        ("🙂", "eintrag"),
        ("Neu", "neu-1"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_slugs_are_spelt_the_german_way(name, slug):
    assert make_slug(name) == slug


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=300), st.none() | st.integers(2, 99_999))
def test_every_name_has_a_slug(name, number):
    assert TypeAdapter(Slug).validate_python(make_slug(name, number=number))


def test_names_sort_as_in_a_german_dictionary():
    ordered = [
        "3M",
        "Aachen",
        "Ärzte",
        "Az",
        "d’Angelo",
        "Müller",
        "Mustermann",
        "Öl",
        "Otto",
        "Straße",
    ]
    shuffled = ordered[::2] + ordered[1::2]
    assert sorted(shuffled, key=sort_key) == ordered
    assert sort_key("STRASSE") == sort_key("straße") == sort_key(" „Straße“ ")


def test_mentions_and_tags_are_found_in_text_only():
    source = (
        "@lena-hoffmann, @[max] und @lena-hoffmann: a@b.example `@code` [@link](https://x.example)\n"
        "```\n@fence #zaun\n```\n# Titel @titel\n#Ausbildung #Fachkräfte, x#y #1 https://x.example/#f"
    )
    assert find_mentions(source) == ["lena-hoffmann", "max", "titel"]
    assert find_tags(source) == ["ausbildung", "fachkräfte"]


def test_a_tag_has_one_spelling():
    assert normalise_tag(" #Fachkräfte") == TypeAdapter(Tag).validate_python("FACHKRÄFTE")
    assert normalise_tag("#1") is normalise_tag("a") is normalise_tag("a b") is None
    assert refusal(Tag, "a<b") == "invalid_tag"


def test_plain_text_reads_well_and_ends_at_a_word():
    source = "# Titel\n\n**fett** und `code`\n- eins\n- [zwei](https://x.example)\n\n> <b>&amp;"
    assert plain_text(source) == "Titel fett und code eins zwei <b>&"
    assert plain_text(source, 20) == "Titel fett und…"
    assert plain_text("x" * 50, 10) == "x" * 9 + "…"
