"""Whoever leaves takes their concealed posts along."""

from app.features.accounts.account import AccountClosed
from app.features.succession.leaving import withdraw_concealed_posts
from app.models.posts import PostStatus
from tests.features.inquiries.arranging import a_concealed_offer, an_offer
from tests.makers import a_company, a_person


async def test_concealed_posts_of_a_person_go_and_those_of_a_company_stay(session):
    ulrich, other = await a_person(session), await a_person(session)
    company = await a_company(session, owner=ulrich)
    own = await a_concealed_offer(session, ulrich, reference="NAC-2026-00001")
    firms = await a_concealed_offer(session, ulrich, company, reference="NAC-2026-00002")
    others = await a_concealed_offer(session, other, reference="NAC-2026-00003")
    named = await an_offer(session, ulrich)
    event = AccountClosed(account_id=ulrich.account_id, person_id=ulrich.id)
    for _ in range(2):  # a job may run twice
        await withdraw_concealed_posts(session, event)
    await session.flush()
    assert own.status == PostStatus.WITHDRAWN
    assert {post.status for post in (firms, others, named)} == {PostStatus.ACTIVE}
