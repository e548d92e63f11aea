"""Many at once: one outcome, and never a group without an owner (T15, T90, F12)."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.core.errors import Refusal
from app.core.ids import fingerprint
from app.core.settings import settings
from app.features.groups.admission import admit, refuse
from app.features.groups.founding import GroupDraft, found_group
from app.features.groups.invitations import VALID_FOR, accept_invitation
from app.features.groups.membership import join_group, leave_group
from app.features.groups.standings import set_standing
from app.models.accounts import Account
from app.models.groups import Admission, GroupInvitation, Membership, Standing
from app.runtime import running
from tests.makers import a_group, a_membership, a_person, as_actor

CROWD = 24


@pytest.fixture
async def house(own_database):
    """The processes' own connections to a database of this test alone."""
    configured = settings().model_copy(update={"write_connections": 12})
    async with running(configured, own_database) as runtime:
        yield runtime


async def _outcomes(attempts):
    """Run all attempts at once; return the code of each refusal, or "done"."""

    async def outcome(attempt):
        try:
            await attempt
        except Refusal as refusal:
            return refusal.code
        return "done"

    return await asyncio.gather(*[outcome(attempt) for attempt in attempts])


def _each(house, use_case, *args, **kwargs):
    async def attempt():
        async with transaction(house.sessions) as session:
            await use_case(session, *args, **kwargs)

    return attempt()


@asynccontextmanager
async def _arranging(house):
    async with transaction(house.sessions) as session:
        yield session


async def _count(house, *conditions):
    async with transaction(house.sessions) as session:
        return await session.scalar(select(func.count()).select_from(Membership).where(*conditions))


@pytest.fixture
async def invited(house):
    """A group, a guest, and the token of their invitation."""
    async with _arranging(house) as session:
        owner, guest = await a_person(session, "Jonas"), await a_person(session, "Frida")
        group = await a_group(session, owner, admission=Admission.HIDDEN)
        email = await session.scalar(
            select(Account.email_key).where(Account.id == guest.account_id)
        )
        session.add(
            GroupInvitation(
                group_id=group.id,
                email=email,
                email_key=email,
                invited_by_id=owner.id,
                token_hash=fingerprint("token"),
                expires_at=clock.now() + VALID_FOR,
            )
        )
    return group, guest


async def test_one_invitation_accepted_24_times_at_once_makes_one_member_t15(house, invited):
    _, guest = invited
    outcomes = await _outcomes(
        [_each(house, accept_invitation, as_actor(guest), "token") for _ in range(CROWD)]
    )
    assert sorted(outcomes) == ["done", *["invitation_used"] * (CROWD - 1)]
    assert await _count(house, Membership.person_id == guest.id) == 1


async def test_accepting_without_the_lock_would_be_noticed(house, invited):
    """The same crowd without the lock is let in many times: the test above has power."""
    ready = asyncio.Barrier(4)

    async def careless(session):
        invitation = await session.scalar(select(GroupInvitation))
        await ready.wait()
        if invitation.accepted_at is None:
            invitation.accepted_at = clock.now()
            return
        raise Refusal

    outcomes = await _outcomes([_each(house, careless) for _ in range(4)])
    assert outcomes.count("done") > 1


async def test_24_clicks_on_join_make_one_membership(house):
    async with _arranging(house) as session:
        owner, newcomer = await a_person(session), await a_person(session, "Kim")
        group = await a_group(session, owner)
    outcomes = await _outcomes(
        [_each(house, join_group, as_actor(newcomer), group.id) for _ in range(CROWD)]
    )
    assert outcomes == ["done"] * CROWD
    assert await _count(house, Membership.person_id == newcomer.id) == 1


async def test_two_owners_who_leave_at_once_do_not_both_go_t90(house):
    for _ in range(5):
        async with _arranging(house) as session:
            one, two = await a_person(session, "Eins"), await a_person(session, "Zwei")
            group = await a_group(session, one)
            await a_membership(session, group, two, Standing.OWNER)
        outcomes = await _outcomes(
            [_each(house, leave_group, as_actor(person), group.id) for person in (one, two)]
        )
        assert sorted(outcomes) == ["done", "last_owner"]
        assert await _count(house, Membership.group_id == group.id) == 1


async def test_two_owners_who_demote_each_other_at_once_leave_one_t90(house):
    async with _arranging(house) as session:
        one, two = await a_person(session, "Eins"), await a_person(session, "Zwei")
        group = await a_group(session, one)
        await a_membership(session, group, two, Standing.OWNER)
    outcomes = await _outcomes(
        [
            _each(house, set_standing, as_actor(a), group.id, b.id, Standing.MEMBER)
            for a, b in ((one, two), (two, one))
        ]
    )
    assert sorted(outcomes) == ["done", "forbidden"]
    owners = await _count(
        house, Membership.group_id == group.id, Membership.standing == Standing.OWNER
    )
    assert owners == 1


async def test_a_request_admitted_and_refused_at_once_has_one_outcome_t90(house):
    async with _arranging(house) as session:
        one, two = await a_person(session, "Eins"), await a_person(session, "Zwei")
        asker = await a_person(session, "Anton")
        group = await a_group(session, one, admission=Admission.ON_REQUEST)
        await a_membership(session, group, two, Standing.MODERATOR)
        await a_membership(session, group, asker, Standing.REQUESTED)
    outcomes = await _outcomes(
        [
            _each(house, admit, as_actor(one), group.id, asker.id),
            _each(house, refuse, as_actor(two), group.id, asker.id),
        ]
    )
    assert sorted(outcomes) == ["done", "standing_does_not_fit"]
    standing = Standing.MEMBER if outcomes[0] == "done" else Standing.REFUSED
    assert (
        await _count(house, Membership.person_id == asker.id, Membership.standing == standing) == 1
    )


async def test_namesakes_founded_at_once_get_slugs_of_their_own(house):
    async with _arranging(house) as session:
        owner = await a_person(session)
    draft = GroupDraft(name="Ausbildung")
    outcomes = await _outcomes(
        [_each(house, found_group, as_actor(owner), draft) for _ in range(8)]
    )
    assert outcomes == ["done"] * 8
