"""The demo region as it is after its use-cases ran, and what the box finds in it.

It is filled once for both: that takes longer than either.
"""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import Actor
from app.core.paging import Paging
from app.core.settings import settings
from app.demo.content import demo_region
from app.demo.filling import fill_demo
from app.demo.logins import LOGINS
from app.features.feed.reading import FeedFilters, read_feed
from app.models.accounts import Account
from app.models.companies import Company, Staff
from app.models.groups import Group, Membership, Standing
from app.models.inquiries import Inquiry
from app.models.notifications import Notification
from app.models.occurrences import Certificate, Registration
from app.models.people import Person
from app.models.pools import PoolShare
from app.models.posts import Post, Reply
from app.models.succession import Mediation
from app.runtime import running
from tests.conftest import _copied
from tests.search.judging import judge, judgements


@pytest.fixture(scope="module")
def filled(postgres: str, worker_id: str) -> Iterator[str]:
    """The address of a database that holds the demo region."""

    async def fill(dsn: str) -> None:
        async with running(settings(), dsn, for_jobs=True) as runtime:
            await fill_demo(runtime)

    with _copied(postgres, f"kontor_{worker_id}_demo") as dsn:
        asyncio.run(fill(dsn))
        yield dsn


@pytest.mark.timeout(300)  # the demo region is made first
async def test_the_demo_is_the_region_of_its_content(filled):
    region = demo_region()
    async with running(settings(), filled) as runtime, runtime.sessions() as session:

        async def count(table, *where):
            return await session.scalar(select(func.count()).select_from(table).where(*where))

        assert await count(Company) == len(region.companies) + len(region.firms())
        assert await count(Group) == len(region.groups)
        assert await count(Post) == len(region.posts) + len(region.listings)
        assert await count(Reply) == sum(len(post.replies) for post in region.posts)
        accepted = sum(reply.accepted for post in region.posts for reply in post.replies)
        assert await count(Post, Post.accepted_reply_id.is_not(None)) == accepted
        assert await count(Membership, Membership.standing == Standing.REQUESTED) == sum(
            len(group.requested) for group in region.groups
        )
        inquiries = [one for listing in region.listings for one in listing.inquiries]
        assert await count(Inquiry) == len(inquiries) >= 4
        states = {one.state or "sent" for one in inquiries}
        assert {state.value for state in await session.scalars(select(Inquiry.state))} == states
        shares = sum(len(listing.shares) for listing in region.listings)
        assert await count(PoolShare) == shares >= 2
        assert await count(Company, Company.mediates_successions) > 0
        assert await count(Mediation) == 1
        taking_part = [one for listing in region.listings for one in listing.registrations]
        walk_ins = sum(len(listing.walk_ins) for listing in region.listings)
        assert await count(Registration, Registration.is_walk_in) == walk_ins >= 1
        assert await count(Registration) == len(taking_part) + walk_ins >= 9
        there = sum(one.attended for one in taking_part) + walk_ins
        assert await count(Registration, Registration.attended_at < clock.now()) == there >= 2
        assert await count(Certificate) == sum(one.certified for one in taking_part) >= 1
        employed = [person for person in region.people if person.company]
        assert await count(Staff) == len(employed) + len(region.firms())
        assert await count(Notification) == 0
        known = set(await session.scalars(select(Account.email)))
        assert {login.email for login in LOGINS} <= known
        for login in LOGINS:
            mine = select(Person.id).join(Account).where(Account.email == login.email)
            actor = Actor(person_id=await session.scalar(mine))
            feed = await read_feed(runtime.reader, actor, FeedFilters(), Paging())
            assert len(feed.page.items) > 5, login.role
        newest = await session.scalar(select(func.max(Reply.published_at)))
        oldest = await session.scalar(select(func.min(Post.published_at)))
        assert (newest - oldest).days > 30


@pytest.mark.timeout(300)
async def test_the_box_finds_what_it_should_and_nothing_that_it_must_not(filled):
    questions = judgements()
    assert len(questions) >= 150
    assert len({one.q for one in questions}) == len(questions)
    async with running(settings(), filled) as runtime:
        quality = await judge(runtime.reader, questions)
    assert quality.wrong == []
    assert quality.recall >= 0.97, quality.missed
    assert quality.precision >= 0.93, quality.imprecise
