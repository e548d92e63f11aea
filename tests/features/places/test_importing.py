"""Importing an operator's better file of places."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
from app.core.settings import Site
from app.features.places.importing import import_places, read_places
from app.features.places.lookup import find_place
from app.features.places.region import region_place_ids
from app.models.places import Place
from app.reference.loading import load_reference

BESIDE = Path(__file__).parents[4] / "shared" / "reference" / "plz_de_osm_centroids_ODbL.tsv"
HEAD = "plz\tort\tags\tlandkreis\tbundesland\tlat\tlon"
GOOD = "44793\tBochum\t05911000\t\tNordrhein-Westfalen\t51.475\t7.181"


@pytest.fixture
def written(tmp_path):
    def write(*lines, encoding="utf-8"):
        path = tmp_path / "places.tsv"
        path.write_text("\n".join(lines), encoding)
        return path

    return write


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        (GOOD.replace("44793", "4479x"), "postcode", "postcode"),
        (GOOD.replace("44793", "00793"), "postcode", "postcode"),
        (GOOD.replace("05911000", "99911000"), "ags", "ags"),
        (GOOD.replace("Bochum", ""), "name", "name"),
        (GOOD.replace("Bochum", "<b>Bochum</b>"), "name", "name"),
        (GOOD.replace("Bochum", "B" * 101), "name", "name"),
        (GOOD.replace("51.475", "nan"), "latitude", "degrees"),
        (GOOD.replace("51.475", "7.181"), "latitude", "abroad"),
        (GOOD.replace("7.181", "71.81"), "longitude", "abroad"),
        (GOOD.replace("\tBochum", ""), "", "columns"),
        (GOOD + "x" * 5_000, "", "columns"),
        (GOOD.replace("51.475", "51.476"), "postcode", "duplicate"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_column(written, line, column, code):
    accepted, rejected = read_places(written(HEAD, GOOD, line))
    assert len(accepted) == 1
    assert [(r.line, r.column, r.code) for r in rejected] == [(3, column, code)]
    assert rejected[0].reason


def test_what_a_spreadsheet_did_to_numbers_is_undone(written):
    head, line = "PLZ;Ort;AGS;Lat;Lon", "1067; Dresden ;14612000;51,06552;13,71232"
    [dresden], rejected = read_places(written(head, line, encoding="utf-8-sig"))
    assert not rejected
    assert (dresden.postcode, dresden.name, dresden.latitude) == ("01067", "Dresden", 51.06552)


@pytest.mark.parametrize(
    ("lines", "encoding", "code"),
    [
        ((HEAD, GOOD.replace("Bochum", "Köln")), "cp1252", "not_utf8"),
        (("plz\tort", "44793\tBochum"), "utf-8", "column_missing"),
        ((), "utf-8", "column_missing"),
        (("x" * 1_000_000,), "utf-8", "column_missing"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(written, lines, encoding, code):
    with pytest.raises(Invalid) as refused:
        read_places(written(*lines, encoding=encoding))
    assert [error.code for error in refused.value.errors] == [code]


async def test_an_import_corrects_places_in_place_and_once(session, written):
    before = (await find_place(session, "44793")).id
    munich = (await find_place(session, "München")).id
    path = written(
        HEAD, GOOD, "80331\tMünchen\t09162000\t\tBayern\t48.135\t11.573",
        "10999\tNeustadt am Bach\t12060999\tBarnim\tBrandenburg\t52.5\t13.5",
    )  # fmt: skip
    report = await import_places(session, path)
    assert (report.accepted, report.rejected) == (3, ())
    assert report.changes
    columns = select(Place.id, Place.latitude, Place.is_imported)
    assert (await session.execute(columns.where(Place.code == "44793"))).one() == (
        before, 51.475, True,
    )  # fmt: skip
    assert await session.scalar(select(Place.id).where(Place.code == "09162000")) == munich
    assert (await find_place(session, "Neustadt am Bach")).code == "12060999"
    assert not (await import_places(session, path)).changes
    assert not await load_reference(session)


@pytest.mark.skipif(not BESIDE.exists(), reason="the file does not lie beside the project")
async def test_the_whole_country_is_taken_and_taken_again_without_a_change(session):
    region = await region_place_ids(session, Site().region)
    ids = set(await session.scalars(select(Place.id)))
    report = await import_places(session, BESIDE)
    assert (report.accepted, report.rejected) == (12_854, ())
    assert ids <= set(await session.scalars(select(Place.id)))
    assert await region_place_ids(session, Site().region) == region
    assert not (await import_places(session, BESIDE)).changes
    assert not await load_reference(session)
