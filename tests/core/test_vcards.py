from uuid import UUID

import pytest

from app.core.vcards import Address, Card, draw_qr, write_card

ID = UUID("01a20102-bf22-7709-9793-0bf7c2223a09")


def _card(**fields):
    shared = {"kind": "individual", "id": ID, "name": "Kim", "source": "http://testserver/k"}
    return Card(**shared | fields)


def test_a_card_begins_and_ends_as_version_4_wants():
    lines = write_card(_card()).split("\r\n")
    assert lines[:3] == ["BEGIN:VCARD", "VERSION:4.0", "KIND:individual"]
    assert lines[-2:] == ["END:VCARD", ""]


@pytest.mark.parametrize("field", ["name", "organisation", "title", "role"])
@pytest.mark.parametrize("evil", ["x\r\nTEL:666", "x\nEND:VCARD", "x;y,z\\", "\r\nBEGIN:VCARD"])
def test_no_text_breaks_out_of_its_line_t57(field, evil):
    written = write_card(_card(**{field: evil}))
    lines = written.split("\r\n")
    assert written.count("\r\n") == written.count("\n")  # no bare line break remains
    assert lines.count("END:VCARD") == 1
    assert lines.count("BEGIN:VCARD") == 1
    assert not [line for line in lines if line.startswith("TEL")]


def test_separators_in_texts_are_escaped():
    written = write_card(
        _card(address=Address("Am Markt 1; Hof", "45527", "Hattingen"), categories=("a,b", "c"))
    )
    assert "ADR:;;Am Markt 1\\; Hof;Hattingen;;45527;" in written
    assert "CATEGORIES:a\\,b,c" in written


def test_long_lines_are_folded_between_characters():
    lines = write_card(_card(title="ä" * 100)).encode().split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert "ä" * 100 in write_card(_card(title="ä" * 100)).replace("\r\n ", "")


def test_the_code_is_a_picture():
    assert draw_qr(_card(), "png").startswith(b"\x89PNG")
    assert b"<svg" in draw_qr(_card(), "svg")
