"""Who sees a registration: the query and the acts agree; and who leaves takes part no more."""

import pytest

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.errors import NotFound, SignInRequired
from app.features.accounts.account import AccountClosed
from app.features.events.loading import open_registration
from app.features.events.policy import RegistrationStanding, registration_acts
from app.features.events.registering import RegistrationDraft, register
from app.features.events.upkeep import leave_dates
from app.models.companies import Staff, StaffRole
from app.models.occurrences import Registration, RegistrationState
from tests.features.events.test_event_confidentiality import an_event
from tests.makers import a_company, a_person, as_actor


async def the_cast(session):
    """Everybody who may stand to an event of a company, and whether they keep it."""
    names = ("Author", "Editor", "Former", "Member", "Holder", "Other")
    people = {name: await a_person(session, name) for name in names}
    company = await a_company(session, owner=people["Author"])
    for name, role in (("Editor", StaffRole.EDITOR), ("Former", StaffRole.EDITOR),
                       ("Member", StaffRole.MEMBER)):  # fmt: skip
        ended = clock.now() if name == "Former" else None
        session.add(
            Staff(company_id=company.id, person_id=people[name].id, role=role, ended_at=ended)
        )
    await session.flush()
    return people, company


async def a_registration(session, date, state, person):
    """A registration of a member; one that is not confirmed is a guest's."""
    of_guest = state == RegistrationState.UNCONFIRMED
    one = Registration(
        occurrence_id=date, state=state, code="CODE2345", number=1, registered_at=clock.now(),
        person_id=None if of_guest else person.id, guest_key=b"guest" if of_guest else None,
        guest_name="Paul" if of_guest else None,
        guest_email="paul@firma.example" if of_guest else None,
    )  # fmt: skip
    session.add(one)
    await session.flush()
    return one


@pytest.mark.parametrize("state", RegistrationState)
async def test_the_query_and_the_acts_agree_on_who_sees_a_registration(session, state):
    people, company = await the_cast(session)
    _, date = await an_event(session, people["Author"], company_id=company.id)
    one = await a_registration(session, date, state, people["Holder"])
    is_seen = state != RegistrationState.UNCONFIRMED
    for name, person in people.items():
        is_mine, keeps = name == "Holder", name in {"Author", "Editor"}
        if not (is_seen and (is_mine or keeps)):
            with pytest.raises(NotFound):
                await open_registration(session, as_actor(person), one.id)
            continue
        opened = await open_registration(session, as_actor(person), one.id)
        here = RegistrationStanding(
            is_mine=is_mine, keeps=keeps, is_over=False, is_cancelled=False, is_admitting=False
        )
        assert opened.acts == registration_acts(state, here)
    with pytest.raises(SignInRequired):
        await open_registration(session, ANONYMOUS, one.id)


async def test_the_place_of_whoever_leaves_is_offered_to_who_waits(session):
    people, _ = await the_cast(session)
    _, date = await an_event(session, people["Author"], capacity=1, has_waiting_list=True)
    held, waiting = [
        await register(session, as_actor(people[name]), date, RegistrationDraft())
        for name in ("Holder", "Other")
    ]
    assert (held.state, waiting.state) == (RegistrationState.CONFIRMED, RegistrationState.WAITING)
    holder = people["Holder"]
    event = AccountClosed(account_id=holder.account_id, person_id=holder.id)
    await leave_dates(session, event)
    await leave_dates(session, event)
    assert (held.state, waiting.state) == (RegistrationState.CANCELLED, RegistrationState.OFFERED)
