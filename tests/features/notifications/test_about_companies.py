from sqlalchemy import select

from app.models.accounts import Account
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


async def test_a_declined_invitation_is_told_once_to_who_made_it(session, client, work, outbox):
    owner, kim, company, _ = await _company_with(session)
    partner = await a_person(session, "Paul")
    session.add(Staff(company_id=company.id, person_id=partner.id, role=StaffRole.OWNER))
    await session.flush()
    invited = await a_person(session, "Ute Lang")
    address = await session.scalar(select(Account.email).where(Account.id == invited.account_id))
    boss, hers = await bearer(session, owner), await bearer(session, invited)
    await session.commit()
    at = f"/api/v1/companies/{company.id}/staff-invitations"
    made = await client.post(at, headers=boss, json={"email": address, "role": "editor"})
    assert made.status_code == 201, made.text
    await work()
    outbox.outbox.clear()
    for _ in range(2):
        path = f"/api/v1/me/company-invitations/{made.json()['id']}"
        assert (await client.delete(path, headers=hers)).status_code == 204
        await work()
    assert await _told(session, owner) == ["company.invitation_declined"]
    assert await _told(session, partner) == await _told(session, kim) == []
    assert outbox.outbox == []
    shown = (await client.get("/api/v1/notifications", headers=boss)).json()["items"][0]
    assert address in shown["text"]
    assert shown["path"] == f"/companies/{company.slug}/staff"
