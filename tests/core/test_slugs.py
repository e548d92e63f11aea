from app.core.slugs import free_slug, rename, renamed_to
from tests.makers import a_company


async def test_namesakes_are_told_apart_by_number(session):
    company = await a_company(session, "Müßig & Söhne")
    company.slug = "muessig-soehne"
    await session.flush()
    assert await free_slug(session, "company", "Müßig & Söhne") == "muessig-soehne-2"
    assert await free_slug(session, "person", "Müßig & Söhne") == "muessig-soehne"


async def test_an_old_address_leads_to_the_new_one_and_is_not_given_away(session, reader):
    company = await a_company(session, "Alt GmbH")
    company.slug = "alt-gmbh"
    await session.flush()
    await rename(session, "company", company, "Neu GmbH")
    await session.flush()
    assert company.slug == "neu-gmbh"
    assert await renamed_to(reader, "company", "alt-gmbh") == "neu-gmbh"
    assert await free_slug(session, "company", "Alt GmbH") == "alt-gmbh-2"


async def test_going_back_to_an_old_name_brings_back_its_address(session, reader):
    company = await a_company(session, "Alt GmbH")
    company.slug = "alt-gmbh"
    await session.flush()
    for name in ("Neu GmbH", "Alt GmbH"):
        await rename(session, "company", company, name)
        await session.flush()
    assert company.slug == "alt-gmbh"
    assert await renamed_to(reader, "company", "alt-gmbh") is None
    assert await renamed_to(reader, "company", "neu-gmbh") == "alt-gmbh"
