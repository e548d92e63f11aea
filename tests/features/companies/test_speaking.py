import itertools

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.errors import Forbidden, NotFound, SignInRequired
from app.features.companies import policy
from app.features.companies.speaking import ImprintMissing, require_voice, voices_of
from app.models.companies import Company, CompanyState, Staff, StaffRole
from tests.makers import a_company, a_person, as_actor


@pytest.mark.parametrize("stubs", [False, True])
async def test_both_faces_of_the_policy_agree(session, stubs):
    someone = await a_person(session)
    for state, role, ended in itertools.product(CompanyState, [None, *StaffRole], [False, True]):
        company = await a_company(session, state=state)
        if role:
            session.add(
                Staff(
                    company_id=company.id,
                    person_id=someone.id,
                    role=role,
                    ended_at=clock.now() if ended else None,
                )
            )
            await session.flush()
        present = None if ended else role
        for actor in (ANONYMOUS, as_actor(someone)):
            found = await session.scalar(
                select(Company.id).where(
                    Company.id == company.id, policy.visible_to(actor, stubs=stubs)
                )
            )
            may = policy.Act.VIEW in policy.acts(actor, state, present, stubs=stubs)
            assert (found is not None) == may, (state, role, ended, actor.is_signed_in)


def test_nobody_who_is_not_signed_in_may_do_more_than_view():
    for state, role in itertools.product(CompanyState, [None, *StaffRole]):
        assert policy.acts(ANONYMOUS, state, role, stubs=True) <= {policy.Act.VIEW}


@pytest.mark.parametrize(
    ("role", "speaks"),
    [(StaffRole.OWNER, True), (StaffRole.EDITOR, True), (StaffRole.MEMBER, False), (None, False)],
)
async def test_only_owners_and_editors_speak_for_a_company(session, reader, role, speaks):
    person = await a_person(session)
    company = await a_company(session)
    if role:
        session.add(Staff(company_id=company.id, person_id=person.id, role=role))
        await session.flush()
    actor = as_actor(person)
    assert [voice.id for voice in await voices_of(reader, actor)] == [company.id] * speaks
    if speaks:
        assert (await require_voice(session, actor, company.id)).id == company.id
    else:
        with pytest.raises(Forbidden):
            await require_voice(session, actor, company.id)


async def test_a_company_without_impressum_cannot_publish(session, reader):
    person = await a_person(session)
    company = await a_company(session, owner=person, imprint="")
    with pytest.raises(ImprintMissing):
        await require_voice(session, as_actor(person), company.id)
    assert not (await voices_of(reader, as_actor(person)))[0].may_publish


async def test_who_is_removed_from_the_staff_has_no_voice_any_more_t35(session, reader):
    person = await a_person(session)
    company = await a_company(session, owner=person)
    staff = await session.scalar(select(Staff).where(Staff.person_id == person.id))
    staff.ended_at = clock.now()
    await session.flush()
    assert await voices_of(reader, as_actor(person)) == []
    with pytest.raises(Forbidden):
        await require_voice(session, as_actor(person), company.id)


async def test_nobody_speaks_for_what_is_closed_or_unseen(session):
    person = await a_person(session)
    closed = await a_company(session, owner=person, state=CompanyState.CLOSED)
    stub = await a_company(session, state=CompanyState.STUB)
    with pytest.raises(Forbidden):
        await require_voice(session, as_actor(person), closed.id)
    with pytest.raises(NotFound):
        await require_voice(session, as_actor(person), stub.id)
    with pytest.raises(SignInRequired):
        await require_voice(session, ANONYMOUS, closed.id)
    assert await voices_of(reader=None, actor=ANONYMOUS) == []
