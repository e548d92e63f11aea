"""What the tests of saved searches arrange."""

import pytest

from app.core.db import transaction
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.features.searches.saving import SearchDraft, save_search
from tests.makers import a_person, as_actor

HALL = {
    "kind": "space_offer",
    "object_type": "hall",
    "offer_forms": ["rent"],
    "area_m2": 1850,
    "rent_eur_m2": 6.2,
    "clear_height_m": 7.5,
    "energy_certificate": "not_required",
}


@pytest.fixture
async def kim(session):
    return await a_person(session, "Kim Jaspert")


@pytest.fixture
async def lena(session):
    return await a_person(session, "Lena Oberste")


@pytest.fixture
def publish(runtime, work):
    """Publish a hall in Hattingen, and do what follows."""

    async def published(author, *, details=None, **fields):
        given = {"title": "Halle am Kanal", "place": "45525", **fields}
        given["details"] = details or HALL
        async with transaction(runtime.sessions) as tx:
            draft = draft_of(given["details"]["kind"]).model_validate(given)
            post = await publish_post(tx, as_actor(author), draft)
        await work()
        return post

    return published


@pytest.fixture
def keep(runtime, work):
    """Keep a search for halls, told of at once, and do what follows."""

    async def kept(person, label="Halle", frequency="at_once", **filters):
        wanted = filters or {"kind": "space_offer"}
        draft = SearchDraft(label=label, frequency=frequency, filters=wanted)
        async with transaction(runtime.sessions) as tx:
            search = await save_search(tx, as_actor(person), draft)
        await work()
        return search

    return kept
