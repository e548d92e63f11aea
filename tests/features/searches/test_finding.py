"""What newly fits a search is found, for whoever may see it, and once."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import transaction
from app.core.paging import Paging
from app.features.posts.concealing import conceal
from app.features.posts.drafts import KINDS, PostPatch
from app.features.posts.editing import edit_post
from app.features.posts.ending import RenewalDraft, release_post, renew_post, reserve_post
from app.features.posts.feed import list_posts
from app.features.posts.filtering import PostFilters, filters_of
from app.features.searches.finding import find_searches
from app.features.searches.saving import SearchPatch, change_search
from app.models.companies import Staff, StaffRole
from app.models.groups import Admission, Standing
from app.models.posts import Post
from app.models.searches import SearchHit
from tests.features.searches.conftest import HALL
from tests.makers import a_company, a_group, a_membership, a_person, as_actor


def details_of(details):
    return KINDS[details["kind"]].details.model_validate(details)


async def hits(session, search):
    found = await session.execute(select(SearchHit).where(SearchHit.search_id == search.id))
    return list(found.scalars())


async def test_a_post_is_found_by_the_searches_that_it_fits_and_by_no_others(
    session, publish, keep, kim, lena
):
    fitting = [
        {"kind": "space_offer"},
        {"place": "Hattingen"},
        {"place": "45525", "kind": "space_offer"},
        {"place": "44649", "radius_km": 25},
        {"tag": "halle"},
        {"author": str(lena.id)},
        {"kind": "space_offer", "object_type": "hall", "rent_to_eur_m2": 6.2, "area_from_m2": 700},
        {"kind": "space_offer", "due_by": "2027-04-01"},
    ]
    others = [
        {"kind": "space_wanted"},
        {"place": "Herne"},
        {"place": "44649", "radius_km": 10},
        {"place": "23560", "radius_km": 25},
        {"tag": "lager"},
        {"author": str(kim.id)},
        {"kind": "space_offer", "rent_to_eur_m2": 6},
        {"kind": "space_offer", "object_type": "office"},
        {"kind": "space_offer", "is_open_all_day": True},
        {"kind": "space_offer", "due_by": "2027-03-31"},
    ]
    await session.commit()
    kept = [await keep(kim, **filters) for filters in [*fitting, *others]]
    details = {**HALL, "available_from": "2027-04-01"}
    await publish(lena, details=details, tags=["halle"])
    counts = [len(await hits(session, search)) for search in kept]
    assert counts == [1] * len(fitting) + [0] * len(others)


async def test_a_search_finds_what_the_list_with_its_filters_shows(
    session, reader, publish, keep, kim, lena
):
    """For every combination: whatever the list would show, and nothing else, is a hit."""
    places = [{}, {"place": "Hattingen"}, {"place": "44649", "radius_km": 20}]
    kinds = [{}, {"kind": "space_offer"}, {"kind": "offer"}]
    others = [{}, {"tag": "halle"}, {"since": "2030-01-01T00:00:00Z"}]
    facets = [{}, {"clear_height_from_m": 7}, {"available_by": "2027-01-01", "ramps_from": 1}]
    asked = [
        {**place, **kind, **other, **facet}
        for place, kind, other, facet in itertools.product(places, kinds, others, facets)
        if not facet or kind.get("kind") == "space_offer"
    ]
    asked = [one for one in asked if one]
    await session.commit()
    kept = []
    for number, filters in enumerate(asked):
        keeper = kim if number < 40 else lena
        kept.append((keeper, filters, await keep(keeper, frequency="never", **filters)))
    third = await a_person(session, "Dilek Aksoy")
    await session.commit()
    await publish(third, tags=["halle"])
    await publish(third, details={**HALL, "clear_height_m": 5, "ramps": 2}, place="44649")
    await publish(third, details={**HALL, "available_from": "2028-01-01"}, place="23560")
    await publish(
        third, details={"kind": "offer", "category": "tools", "price_type": "free"}, tags=["halle"]
    )
    for keeper, filters, search in kept:
        meant = await filters_of(reader, PostFilters(**filters))
        listed = await list_posts(reader, as_actor(keeper), meant, Paging())
        found = {hit.post_id for hit in await hits(session, search)}
        assert found == {row.id for row in listed.items}, filters


async def test_a_hit_is_known_once_however_the_post_goes_on(
    session, runtime, work, outbox, publish, keep, kim, lena
):
    await session.commit()
    search = await keep(kim)
    post = await publish(lena)
    assert len(outbox.outbox) == 1
    steps = (
        lambda tx: edit_post(tx, as_actor(lena), post.id, PostPatch(title="Halle mit Rampe")),
        lambda tx: reserve_post(tx, as_actor(lena), post.id),
        lambda tx: release_post(tx, as_actor(lena), post.id),
        lambda tx: renew_post(tx, as_actor(lena), post.id, RenewalDraft()),
        lambda tx: find_searches(tx, post.id),
    )
    for step in steps:
        async with transaction(runtime.sessions) as tx:
            await step(tx)
        await work()
    assert len(await hits(session, search)) == 1
    assert len(outbox.outbox) == 1


async def test_a_post_that_changes_so_that_it_fits_is_found_then(
    session, runtime, work, publish, keep, kim, lena
):
    await session.commit()
    search = await keep(kim, kind="space_offer", rent_to_eur_m2=6)
    post = await publish(lena)
    assert await hits(session, search) == []
    cheaper = {**HALL, "rent_eur_m2": 5.9}
    async with transaction(runtime.sessions) as tx:
        patch = PostPatch(details=details_of(cheaper))
        await edit_post(tx, as_actor(lena), post.id, patch)
    await work()
    assert [hit.post_id for hit in await hits(session, search)] == [post.id]


async def test_own_posts_and_those_of_own_companies_are_no_hits(session, publish, keep, kim, lena):
    company = await a_company(session, owner=kim)
    await a_company(session, owner=lena)
    session.add(Staff(company_id=company.id, person_id=lena.id, role=StaffRole.EDITOR))
    await session.commit()
    mine, colleagues = await keep(kim), await keep(lena)
    await publish(kim)
    assert await hits(session, mine) == []
    assert len(await hits(session, colleagues)) == 1
    await publish(kim, company_id=company.id)
    assert len(await hits(session, colleagues)) == 1


@pytest.mark.parametrize(
    ("standing", "count"), [(None, 0), (Standing.REQUESTED, 0), (Standing.MEMBER, 1)]
)
async def test_posts_of_closed_groups_are_hits_for_their_members_only(
    session, publish, keep, kim, lena, standing, count
):
    group = await a_group(session, lena, admission=Admission.ON_REQUEST)
    if standing:
        await a_membership(session, group, kim, standing)
    await session.commit()
    search = await keep(kim)
    await publish(lena, group_id=group.id)
    assert len(await hits(session, search)) == count


async def test_drafts_are_no_hits(session, publish, keep, kim, lena):
    await session.commit()
    search = await keep(kim)
    await publish(lena, as_draft=True)
    assert await hits(session, search) == []


async def test_a_concealed_post_is_a_hit_under_its_reference_but_not_for_who_is_behind_it(
    session, work, runtime, outbox, publish, keep, kim, lena
):
    """A concealed post: what the mail says names nobody, and its author hears nothing."""
    await session.commit()
    mine, theirs = await keep(lena, tag="chiffre"), await keep(kim, tag="chiffre")
    post = await publish(lena)
    async with transaction(runtime.sessions) as tx:
        conceal(tx, post.id, lena.id, None)
        await tx.flush()
        hidden = {"is_concealed": True, "author_id": None, "tags": ["chiffre"]}
        await tx.execute(update(Post).where(Post.id == post.id).values(**hidden))
    async with transaction(runtime.sessions) as tx:
        await find_searches(tx, post.id)
    await work()
    assert await hits(session, mine) == []
    assert len(await hits(session, theirs)) == 1
    [(_, mail)] = outbox.outbox
    for said in (mail["Subject"], mail.get_body(("plain",)).get_content()):
        assert post.reference in said
        assert "Halle am Kanal" not in said
        assert "Lena" not in said


async def test_other_filters_find_what_is_there_and_forget_what_was_not_told_yet(
    session, runtime, work, outbox, publish, keep, kim, lena
):
    await session.commit()
    post = await publish(lena)
    search = await keep(kim, kind="space_offer", place="44649", radius_km=15)
    assert await hits(session, search) == []
    wider = PostFilters(kind="space_offer", place="44649", radius_km=20)
    async with transaction(runtime.sessions) as tx:
        await change_search(tx, as_actor(kim), search.id, SearchPatch(filters=wider))
    await work()
    [hit] = await hits(session, search)
    assert hit.post_id == post.id
    [(_, mail)] = outbox.outbox
    assert "km von 44649 Herne" in mail.get_body(("plain",)).get_content()
    async with transaction(runtime.sessions) as tx:
        await change_search(tx, as_actor(kim), search.id, SearchPatch(filters=wider))
    await work()
    assert len(outbox.outbox) == 1


async def test_what_was_there_when_a_search_was_kept_is_a_hit_but_not_told(
    session, work, outbox, publish, keep, kim, lena
):
    await session.commit()
    await publish(lena)
    search = await keep(kim)
    assert len(await hits(session, search)) == 1
    assert outbox.outbox == []


async def test_one_post_takes_as_many_statements_for_a_hundred_searches_as_for_one(
    session, runtime, queries, publish, keep, kim, lena
):
    await session.commit()
    counts = []
    for more in (1, 30):
        for number in range(more):
            await keep(kim, label=f"Halle {number}", frequency="daily")
        post = await publish(lena)
        await session.execute(SearchHit.__table__.delete())
        await session.commit()
        queries.clear()
        async with transaction(runtime.sessions) as tx:
            await find_searches(tx, post.id)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    total = select(func.count()).select_from(SearchHit)
    assert await session.scalar(total) == 31


async def test_a_post_that_has_expired_is_no_hit(session, runtime, publish, keep, kim, lena):
    await session.commit()
    search = await keep(kim, kind="offer")
    tools = {"kind": "offer", "category": "tools", "price_type": "free"}
    post = await publish(lena, details=tools)
    await session.execute(SearchHit.__table__.delete())
    await session.execute(update(Post).values(expires_at=clock.now() - timedelta(hours=1)))
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await find_searches(tx, post.id)
    assert await hits(session, search) == []


async def test_a_search_for_words_finds_what_has_them_in_whatever_form(
    session, publish, keep, kim, lena
):
    own = await keep(kim, q="Hallen -Büro")
    other = await keep(kim, q="Laboratorium")
    for title, expected in (
        ("Lagerhalle am Kanal", True),
        ("Halle mit Büro", False),
        ("Ladenlokal", True),  # it is one by its details
    ):
        post = await publish(lena, title=title)
        assert (post.id in {hit.post_id for hit in await hits(session, own)}) is expected, title
        assert not await hits(session, other)
