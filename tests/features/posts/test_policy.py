import itertools
from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.core.actor import ANONYMOUS, Actor
from app.core.ids import new_id
from app.features.posts import policy
from app.features.posts.access import surroundings, surroundings_columns, with_surroundings
from app.features.posts.concealing import conceal
from app.features.posts.policy import Act, ReplyAct
from app.models.companies import Staff, StaffRole
from app.models.groups import Admission, Standing
from app.models.posts import Audience, Post, PostStatus
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_membership, a_person, as_actor


async def test_both_faces_of_the_policy_agree(session):
    """Over the product of actors, groups, standings and states (T24, T25)."""
    author, someone = await a_person(session), await a_person(session, "Kim Jaspert")
    states = [*((status, None) for status in PostStatus), (PostStatus.ACTIVE, -1)]
    for admission, standing in itertools.product([None, *Admission], [None, *Standing]):
        group = None
        if admission:
            group = await a_group(session, author, admission=admission)
            if standing:
                await a_membership(session, group, someone, standing)
        post = await a_post(session, author, group_id=group.id if group else None)
        for status, days in states:
            post.status = status
            post.audience = Audience.SIGNED_IN if status == PostStatus.RESERVED else Audience.PUBLIC
            post.expires_at = clock.now() + timedelta(days=days) if days else None
            await session.flush()
            for actor in (ANONYMOUS, as_actor(someone), as_actor(author)):
                row = (
                    await session.execute(
                        with_surroundings(select(Post, *surroundings_columns(actor)), actor).where(
                            Post.id == post.id
                        )
                    )
                ).one()
                here = surroundings(row, post)
                acts = policy.acts(actor, here)
                found = await session.scalar(
                    select(Post.id).where(Post.id == post.id, policy.visible_to(actor))
                )
                assert (found is not None) == (Act.VIEW in acts), (here, acts)
                assert acts == frozenset() or Act.VIEW in acts


async def test_a_company_is_kept_by_whoever_speaks_for_it_now(session):
    author, colleague, helper = [await a_person(session) for _ in range(3)]
    company = await a_company(session, owner=author)
    seat = Staff(company_id=company.id, person_id=colleague.id, role=StaffRole.EDITOR)
    member = Staff(company_id=company.id, person_id=helper.id, role=StaffRole.MEMBER)
    session.add_all([seat, member])
    post = await a_post(session, author, company_id=company.id)

    async def granted(person):
        actor = as_actor(person)
        query = with_surroundings(select(Post, *surroundings_columns(actor)), actor)
        row = (await session.execute(query.where(Post.id == post.id))).one()
        return policy.acts(actor, surroundings(row, post))

    assert Act.EDIT in await granted(author)
    assert Act.EDIT in await granted(colleague)
    assert Act.EDIT not in await granted(helper)
    seat.ended_at = clock.now()
    await session.flush()
    assert Act.EDIT not in await granted(colleague)


def test_an_archived_group_only_lets_its_posts_be_read_kept_and_taken_back():
    someone = anybody()
    here = policy.Surroundings(
        admission=Admission.OPEN,
        is_archived=True,
        standing=Standing.OWNER,
        is_mine=True,
        is_kept_by_me=True,
        may_accept_answer=True,
    )
    assert policy.acts(someone, here) == {Act.VIEW, Act.BOOKMARK, Act.WITHDRAW}


def test_nobody_finds_themselves_helpful():
    someone = anybody()
    own = policy.Surroundings(is_mine=True, is_kept_by_me=True)
    assert Act.REACT not in policy.acts(someone, own)
    granted = policy.reply_acts(
        someone,
        frozenset({Act.VIEW, Act.REPLY, Act.REACT}),
        is_mine=True,
        is_kept_by_me=True,
        is_withdrawn=False,
    )
    assert granted == {ReplyAct.EDIT, ReplyAct.WITHDRAW}


def anybody():
    return Actor(person_id=new_id())


async def test_both_faces_agree_on_a_concealed_post_too(session):
    """Its author, a colleague who speaks for the company behind it, a stranger and nobody."""
    author, colleague, stranger = [await a_person(session) for _ in range(3)]
    company = await a_company(session, owner=colleague)
    post = await a_post(session, author)
    post.author_id, post.is_concealed = None, True
    await session.flush()
    conceal(session, post.id, author.id, company.id)
    for status in PostStatus:
        post.status = status
        await session.flush()
        for actor in (ANONYMOUS, *map(as_actor, (author, colleague, stranger))):
            query = with_surroundings(select(Post, *surroundings_columns(actor)), actor)
            row = (await session.execute(query.where(Post.id == post.id))).one()
            acts = policy.acts(actor, surroundings(row, post))
            found = await session.scalar(
                select(Post.id).where(Post.id == post.id, policy.visible_to(actor))
            )
            assert (found is not None) == (Act.VIEW in acts), (status, acts)
            assert Act.REPLY not in acts
            assert (Act.EDIT in acts) <= (actor.person_id == colleague.id)
