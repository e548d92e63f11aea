from sqlalchemy import select

from app.models.companies import Staff, StaffRole
from app.models.notifications import Notification
from tests.makers import a_company, a_person, bearer


async def _told(session, person):
    found = await session.scalars(
        select(Notification.type)
        .where(Notification.person_id == person.id)
        .order_by(Notification.created_at, Notification.id)
    )
    return found.all()


async def _company_with(session, role=StaffRole.MEMBER):
    owner, kim = await a_person(session), await a_person(session, "Kim Jaspert")
    company = await a_company(session, owner=owner)
    staff = Staff(company_id=company.id, person_id=kim.id, role=role)
    session.add(staff)
    await session.flush()
    return owner, kim, company, staff


async def test_who_gets_another_role_is_told_once(session, client, work, outbox):
    owner, kim, company, staff = await _company_with(session)
    headers = await bearer(session, owner)
    await session.commit()
    at = f"/api/v1/companies/{company.id}/staff/{staff.id}"
    assert (await client.patch(at, headers=headers, json={"role": "editor"})).is_success
    await work()
    assert await _told(session, kim) == ["company.edits"]
    assert await _told(session, owner) == []
    assert len(outbox.outbox) == 1


async def test_who_is_removed_is_told_and_who_leaves_is_told_of(session, client, work):
    owner, kim, company, staff = await _company_with(session)
    paul = await a_person(session, "Paul")
    second = Staff(company_id=company.id, person_id=paul.id, role=StaffRole.MEMBER)
    session.add(second)
    boss, own = await bearer(session, owner), await bearer(session, paul)
    await session.commit()
    at = f"/api/v1/companies/{company.id}"
    assert (await client.delete(f"{at}/staff/{staff.id}", headers=boss)).status_code == 204
    assert (await client.delete(f"{at}/membership", headers=own)).status_code == 204
    await work()
    assert await _told(session, kim) == ["company.staff_ended"]
    assert await _told(session, paul) == []
    assert await _told(session, owner) == ["company.staff_left"]
