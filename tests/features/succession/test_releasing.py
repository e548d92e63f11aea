"""Releasing who one is: two-sided, in time revocable, and for nobody else."""

import asyncio

import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.errors import Conflict, NotFound
from app.core.settings import settings
from app.features.inquiries.answering import move_inquiry
from app.features.inquiries.drafts import StateDraft
from app.features.succession.reading import contact_of
from app.features.succession.releasing import (
    AlreadySeen,
    NothingConcealed,
    ReleaseNotPossible,
    open_identities,
    release_identity,
    withdraw_release,
)
from app.models.inquiries import InquiryState
from app.models.succession import Disclosure, DisclosureAct, DisclosureStep
from app.runtime import running
from tests.features.inquiries.arranging import a_concealed_offer, an_inquiry, an_offer
from tests.makers import a_company, a_person, as_actor, bearer


@pytest.fixture
async def owner(session):
    return await a_person(session, "Ulrich Vietmeier")


@pytest.fixture
async def asker(session):
    return await a_person(session, "Seda Yildirim")


@pytest.fixture
async def inquiry(session, owner, asker):
    company = await a_company(session, "Backhaus Vietmeier e. K.", owner=owner)
    post = await a_concealed_offer(session, owner, company)
    return await an_inquiry(session, post, asker)


async def test_one_release_alone_shows_nothing(session, reader, inquiry, owner, asker):
    for mine, theirs in ((owner, asker), (asker, owner)):
        await release_identity(session, as_actor(mine), inquiry.id)
        await session.commit()
        for one in (mine, theirs):
            with pytest.raises(NotFound):
                await contact_of(reader, as_actor(one), inquiry.id)
        if theirs is asker:
            with pytest.raises(ReleaseNotPossible):
                await open_identities(session, as_actor(theirs), inquiry.id)
            await withdraw_release(session, as_actor(mine), inquiry.id)


async def test_both_see_each_other_once_one_looks(session, reader, inquiry, owner, asker):
    for one in (asker, owner):
        await release_identity(session, as_actor(one), inquiry.id)
    await session.commit()
    with pytest.raises(NotFound):  # released, and not looked at
        await contact_of(reader, as_actor(asker), inquiry.id)
    await open_identities(session, as_actor(owner), inquiry.id)
    await session.commit()
    assert (await contact_of(reader, as_actor(asker), inquiry.id)).person_name == owner.name
    assert (await contact_of(reader, as_actor(owner), inquiry.id)).person_name == asker.name
    for one in (asker, owner):
        with pytest.raises(AlreadySeen):
            await withdraw_release(session, as_actor(one), inquiry.id)


async def test_a_release_is_taken_back_before_the_other_looks_t41(
    session, reader, inquiry, owner, asker
):
    for one in (asker, owner):
        await release_identity(session, as_actor(one), inquiry.id)
    await withdraw_release(session, as_actor(owner), inquiry.id)
    await session.commit()
    with pytest.raises(ReleaseNotPossible):
        await open_identities(session, as_actor(asker), inquiry.id)
    with pytest.raises(NotFound):
        await contact_of(reader, as_actor(asker), inquiry.id)
    steps = list(await session.scalars(select(DisclosureStep.act).order_by(DisclosureStep.id)))
    assert steps == [DisclosureAct.RELEASED, DisclosureAct.RELEASED, DisclosureAct.WITHDRAWN]


async def test_twice_changes_nothing(session, inquiry, owner, asker):
    for _ in range(2):
        await withdraw_release(session, as_actor(asker), inquiry.id)
    for _ in range(2):
        await release_identity(session, as_actor(asker), inquiry.id)
        await release_identity(session, as_actor(owner), inquiry.id)
    for _ in range(2):
        await open_identities(session, as_actor(asker), inquiry.id)
        await open_identities(session, as_actor(owner), inquiry.id)
    assert await session.scalar(select(func.count()).select_from(DisclosureStep)) == 3


async def test_who_is_refused_never_learns(session, reader, inquiry, owner, asker):
    await release_identity(session, as_actor(asker), inquiry.id)
    declined = StateDraft(state=InquiryState.DECLINED)
    await move_inquiry(session, as_actor(owner), inquiry.id, declined)
    await session.commit()
    with pytest.raises(ReleaseNotPossible):
        await release_identity(session, as_actor(owner), inquiry.id)
    with pytest.raises(ReleaseNotPossible):
        await open_identities(session, as_actor(asker), inquiry.id)
    with pytest.raises(NotFound):
        await contact_of(reader, as_actor(asker), inquiry.id)


async def test_where_nobody_is_concealed_there_is_nothing_to_release(session, owner, asker):
    inquiry = await an_inquiry(session, await an_offer(session, owner), asker)
    with pytest.raises(NothingConcealed):
        await release_identity(session, as_actor(asker), inquiry.id)


async def test_strangers_and_operators_find_no_release_t43(
    session, client, configure, inquiry, owner, asker
):
    operator = await a_person(session, "Lena Oberste")
    for one in (owner, asker):
        await release_identity(session, as_actor(one), inquiry.id)
    await open_identities(session, as_actor(owner), inquiry.id)
    headers = await bearer(session, operator)
    await session.commit()
    for method, path in (
        ("GET", "release"),
        ("PUT", "release"),
        ("DELETE", "release"),
        ("GET", "contact"),
        ("POST", "contact"),
    ):
        url = f"/api/v1/inquiries/{inquiry.id}/{path}"
        answer = await client.request(method, url, headers=headers)
        assert answer.status_code == 404, (method, path)
        assert "Vietmeier" not in answer.text
    assert (await client.get(f"/api/v1/inquiries/{inquiry.id}/contact")).status_code == 401


async def test_withdrawing_and_looking_at_once_never_both_succeed_t41(own_database):
    configured = settings().model_copy(update={"write_connections": 4})
    async with running(configured, own_database) as house:
        async with transaction(house.sessions) as session:
            owner = await a_person(session, "Ulrich Vietmeier")
            askers = [await a_person(session, f"Seda {number}") for number in range(100)]
            post = await a_concealed_offer(session, owner)
            inquiries = [(await an_inquiry(session, post, one)).id for one in askers]
            for one, inquiry_id in zip(askers, inquiries, strict=True):
                await release_identity(session, as_actor(one), inquiry_id)
                await release_identity(session, as_actor(owner), inquiry_id)

        async def tried(act, person, inquiry_id):
            try:
                async with transaction(house.sessions) as session:
                    await act(session, as_actor(person), inquiry_id)
            except Conflict:
                return False
            return True

        withdrawn = 0
        for number, (one, inquiry_id) in enumerate(zip(askers, inquiries, strict=True)):
            race = [
                tried(open_identities, one, inquiry_id),
                tried(withdraw_release, owner, inquiry_id),
            ]
            done = await asyncio.gather(*(race if number % 2 else race[::-1]))
            looked, took_back = done if number % 2 else done[::-1]
            assert looked != took_back
            withdrawn += took_back
            async with transaction(house.sessions) as session:
                opened = await session.scalar(
                    select(Disclosure.opened_at).where(Disclosure.inquiry_id == inquiry_id)
                )
                assert (opened is not None) == looked
        assert 0 < withdrawn < 100
