"""A members' list in the database: once, again, newer, and next to owners' own words."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.features.companies.importing.members_list import open_members_list
from app.features.companies.importing.staging import numbered_apart
from app.features.companies.importing.storing import import_companies
from app.models.companies import Company, CompanyImport, CompanySector, CompanyState, Site
from app.models.events import EventRecord
from app.models.people import OldSlug
from tests.makers import a_company, a_person

HEADER = "Mitgliedsnr;Firma;Straße;PLZ;Ort;Telefon;E-Mail;Homepage;WZ;Beschäftigte"
HUEGEL = (
    "0012;Hügelland Technik GmbH;Talstraße 3;45525;Hattingen;02324 123456;post@huegel.example;"
    "www.huegel.example;25.62.0;12"
)
RUHR = "0013;Ruhrbogen Handel KG;;;Witten;;;;46,47;"
SAMPLE = Path(__file__).parents[5] / "shared" / "reference" / "members_sample_cp1252.csv"


@pytest.fixture
def take(session, tmp_path):
    """Import lines of a list, and tell what came of it."""

    async def run(*lines: str, path: Path | None = None, source: str = "members", **options):
        if path is None:
            path = tmp_path / "liste.csv"
            path.write_text("\n".join([HEADER, *lines]), "utf-8")
        members = open_members_list(path, this_year=2026)
        found = await import_companies(
            session, members, source=source, watch=lambda _: None, **options
        )
        session.expire_all()
        return found

    return run


def counts(outcome):
    return (outcome.created, outcome.updated, outcome.unchanged, outcome.kept, outcome.missing)


async def one(session, external_id):
    return await session.scalar(select(Company).where(Company.external_id == external_id))


async def test_a_row_becomes_an_imported_company_with_address_and_sector(session, take):
    assert counts(await take(HUEGEL, RUHR)) == (2, 0, 0, 0, 0)
    company = await one(session, "12")
    assert (company.state, company.slug) == (CompanyState.STUB, "huegelland-technik-gmbh")
    assert (company.legal_form, company.size_band) == ("gmbh", "10-19")
    assert (company.phone, company.website) == ("+492324123456", "https://www.huegel.example/")
    assert (company.email_on_file, company.email) == ("post@huegel.example", None)
    site = await session.scalar(select(Site).where(Site.company_id == company.id))
    assert (site.street, site.postcode, site.town) == ("Talstraße 3", "45525", "Hattingen")
    assert site.is_main
    assert site.place_id
    assert site.latitude == pytest.approx(51.4, abs=0.1)
    sector = await session.scalar(
        select(CompanySector).where(CompanySector.company_id == company.id)
    )
    assert (sector.classification, sector.code, sector.division) == (2008, "25.62.0", "25")


async def test_a_town_without_postcode_is_placed_by_its_name(session, take):
    await take(RUHR)
    site = await session.scalar(select(Site))
    assert (site.town, site.postcode) == ("Witten", "")
    assert site.place_id is not None


async def test_a_second_run_of_the_same_list_changes_nothing(session, take):
    await take(HUEGEL, RUHR)
    before = list(await session.execute(select(Company.id, Company.version, Company.updated_at)))
    sites = set(await session.scalars(select(Site.id)))
    sectors = set(await session.scalars(select(CompanySector.id)))
    assert counts(await take(HUEGEL, RUHR)) == (0, 0, 2, 0, 0)
    after = list(await session.execute(select(Company.id, Company.version, Company.updated_at)))
    assert after == before
    assert set(await session.scalars(select(Site.id))) == sites
    assert set(await session.scalars(select(CompanySector.id))) == sectors


async def test_a_number_that_lost_its_zeros_is_still_the_same_company(session, take):
    await take(HUEGEL)
    assert counts(await take(HUEGEL.removeprefix("00"))) == (0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [("Talstraße 3", "Bergstraße 9"), ("25.62.0", "25.50.1"), ("02324 123456", "02324 654321")],
)
async def test_a_newer_list_updates_what_differs_and_raises_the_version(session, take, old, new):
    await take(HUEGEL, RUHR)
    assert counts(await take(HUEGEL.replace(old, new), RUHR)) == (0, 1, 1, 0, 0)
    assert (await one(session, "12")).version == 2
    assert (await one(session, "13")).version == 1
    codes = set(await session.scalars(select(CompanySector.code)))
    assert codes == {"25.50.1" if new == "25.50.1" else "25.62.0", "46", "47"}
    streets = set(await session.scalars(select(Site.street)))
    assert streets == {"Bergstraße 9" if "Berg" in new else "Talstraße 3", ""}


async def test_a_sector_that_vanishes_from_the_list_is_taken_away(session, take):
    await take(RUHR)
    assert counts(await take(RUHR.replace("46,47", "46"))) == (0, 1, 0, 0, 0)
    assert list(await session.scalars(select(CompanySector.code))) == ["46"]


async def test_a_claimed_company_keeps_its_owners_words_and_the_report_says_so(session, take):
    await take(HUEGEL, RUHR)
    own = {"state": CompanyState.ACTIVE, "name": "Hügelland, wie wir es schreiben"}
    await session.execute(update(Company).where(Company.external_id == "12").values(own))
    outcome = await take(HUEGEL.replace("Talstraße 3", "Bergstraße 9"), RUHR)
    assert counts(outcome) == (0, 0, 1, 1, 0)
    assert (await one(session, "12")).name == "Hügelland, wie wir es schreiben"
    assert "Bergstraße 9" not in set(await session.scalars(select(Site.street)))
    assert [(said.line, said.code) for said in outcome.findings] == [(2, "owned_kept")]


async def test_companies_that_a_newer_list_leaves_out_are_counted_and_left_alone(session, take):
    await take(HUEGEL, RUHR)
    assert counts(await take(RUHR)) == (0, 0, 1, 0, 1)
    assert (await one(session, "12")).state == CompanyState.STUB


async def test_two_sources_may_use_the_same_number(session, take):
    await take(HUEGEL)
    assert counts(await take(HUEGEL, source="handwerk")) == (1, 0, 0, 0, 0)
    slugs = set(await session.scalars(select(Company.slug)))
    assert slugs == {"huegelland-technik-gmbh", "huegelland-technik-gmbh-2"}


async def test_slugs_avoid_those_that_others_have_or_had(session, take):
    owner = await a_person(session)
    company = await a_company(session, "Ruhrbogen Handel KG", owner=owner)
    company.slug = "ruhrbogen-handel-kg"
    session.add(OldSlug(kind="company", slug="ruhrbogen-handel-kg-2", target_id=company.id))
    await session.flush()
    await take(RUHR)
    assert (await one(session, "13")).slug == "ruhrbogen-handel-kg-3"


def test_slugs_are_numbered_apart_also_from_names_that_end_in_numbers():
    stems = ["muster", "muster-2", "muster", "muster", "feld"]
    expected = ["muster", "muster-2", "muster-3", "muster-4", "feld-2"]
    assert list(numbered_apart(stems, {"feld"})) == expected


async def test_a_rehearsal_tells_the_same_and_leaves_nothing_behind(session, take):
    assert counts(await take(HUEGEL, RUHR, is_rehearsal=True)) == (2, 0, 0, 0, 0)
    for table in (Company, Site, CompanySector, CompanyImport):
        assert await session.scalar(select(func.count()).select_from(table)) == 0
    assert not session.info.get("events")


async def test_an_import_is_recorded_with_the_digest_of_its_file(session, take):
    await take(HUEGEL, RUHR, ";Ohne Nummer;;;Witten;;;;;")
    record = await session.scalar(select(CompanyImport))
    assert (record.source, record.file_name) == ("members", "liste.csv")
    assert (record.created, record.rejected, record.kept, record.missing) == (2, 1, 0, 0)
    assert len(record.file_sha256) == 64
    assert [event.name for event in session.info.pop("events")] == ["company.list_imported"]
    assert await session.scalar(select(func.count()).select_from(EventRecord)) == 0


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample list is not here")
async def test_the_sample_list_is_taken_and_taken_again(session, take):
    first = await take(path=SAMPLE)
    assert first.summary.records == 300
    assert first.created == first.summary.accepted > 250
    assert first.summary.accepted + first.summary.rejected + first.summary.passed_over == 300
    again = await take(path=SAMPLE)
    assert counts(again) == (0, 0, first.created, 0, 0)
    placed = await session.scalar(select(func.count(Site.place_id)))
    assert placed > 0.95 * first.created
