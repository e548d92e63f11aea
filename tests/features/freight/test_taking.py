"""Promising part of a lorry: never more than it holds, however many accept at once."""

import asyncio

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.settings import settings
from app.features.posts.loads import LoadTaken, NoLongerFits, take_part
from app.models.freight import FreightLane, FreightShare
from app.models.posts import Post, PostStatus
from app.runtime import running
from tests.features.freight.arranging import CAPACITY, CRATE, REQUEST, a_freight, with_points
from tests.makers import a_person

SMALL = {**CRATE, "length_m": 1.2, "width_m": 1.0, "weight_kg": 900}  # half a loading metre


async def test_a_part_is_taken_and_the_rest_stays_on_offer(session):
    dilek, kim = await a_person(session, "Dilek Aksoy"), await a_person(session, "Kim Jaspert")
    await with_points(session)
    lorry = await a_freight(session, dilek, CAPACITY)
    load = await a_freight(session, kim, REQUEST)
    share = await take_part(session, lorry.id, load.id)
    assert (share.loading_metres, share.weight_kg) == (3.85, 3_000)
    assert lorry.details["free_loading_metres"] == 2.65
    assert lorry.details["free_weight_kg"] == 8_500
    assert (lorry.status, load.status) == (PostStatus.ACTIVE, PostStatus.DONE)
    lane = await session.get_one(FreightLane, lorry.id, populate_existing=True)
    assert (lane.loading_metres, lane.weight_kg) == (2.65, 8_500)
    assert (await take_part(session, lorry.id, load.id)).id == share.id
    other = await a_freight(session, dilek, CAPACITY)
    with pytest.raises(LoadTaken):
        await take_part(session, other.id, load.id)
    with pytest.raises(NoLongerFits):
        await take_part(session, lorry.id, (await a_freight(session, kim, REQUEST)).id)


@pytest.mark.parametrize("free", [{"free_loading_metres": 4.2}, {"free_weight_kg": 3_050}])
async def test_a_lorry_with_next_to_nothing_free_is_done(session, free):
    dilek, kim = await a_person(session, "Dilek Aksoy"), await a_person(session, "Kim Jaspert")
    await with_points(session)
    lorry = await a_freight(session, dilek, CAPACITY, **free)
    load = await a_freight(session, kim, REQUEST)
    await take_part(session, lorry.id, load.id)
    assert lorry.status == PostStatus.DONE


async def test_twenty_acceptances_at_once_never_sell_more_than_there_is(own_database):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            author = await a_person(session)
            await with_points(session)
            lorry = await a_freight(session, author, CAPACITY)
            loads = [await a_freight(session, author, REQUEST, packages=[SMALL]) for _ in range(20)]

        async def accept(load):
            async with transaction(runtime.sessions) as session:
                return await take_part(session, lorry.id, load.id)

        outcomes = await asyncio.gather(*map(accept, loads), return_exceptions=True)
        taken = [one for one in outcomes if isinstance(one, FreightShare)]
        assert len(taken) == 12  # 11,500 kg hold twelve times 900 kg; 13 halves are 6.5 metres
        refused = [one for one in outcomes if not isinstance(one, FreightShare)]
        assert {type(one).__name__ for one in refused} <= {"NoLongerFits", "LorryGone"}, refused
        async with transaction(runtime.sessions) as session:
            sums = await session.execute(
                select(func.sum(FreightShare.loading_metres), func.sum(FreightShare.weight_kg))
            )
            assert tuple(sums.one()) == (6.0, 10_800)
            left = await session.get_one(Post, lorry.id)
            assert left.details["free_weight_kg"] == 700
            assert left.details["free_loading_metres"] == 0.5
            done = select(func.count()).where(Post.status == PostStatus.DONE)
            assert await session.scalar(done) == 12
