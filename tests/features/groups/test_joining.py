import itertools

import pytest
from sqlalchemy import func, select

from app.core.actor import ANONYMOUS
from app.features.groups import policy
from app.models.events import EventRecord
from app.models.groups import Admission, Group, Membership, Standing
from tests.makers import a_group, a_membership, a_person, as_actor, bearer, signed_in


async def test_joining_an_open_group_makes_a_member_at_once(session, client):
    founder, newcomer = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder)
    headers = await bearer(session, newcomer)
    await session.commit()
    answer = await client.put(f"/api/v1/groups/{group.id}/membership", headers=headers)
    assert (answer.status_code, answer.json()["standing"]) == (200, "member")


async def test_the_button_on_the_page_does_the_same_as_the_api(session, client):
    founder, newcomer = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder, admission=Admission.ON_REQUEST)
    headers = await signed_in(session, newcomer)
    await session.commit()
    answer = await client.post(f"/groups/{group.id}/join", headers=headers)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/groups/{group.slug}?notice=group.requested"
    standing = await session.scalar(
        select(Membership.standing).where(Membership.person_id == newcomer.id)
    )
    assert standing is Standing.REQUESTED
    assert await session.scalar(select(EventRecord.name)) == "group.join_requested"


async def test_a_hidden_group_answers_as_one_that_never_existed(session, client):
    founder, stranger = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder, admission=Admission.HIDDEN)
    headers = await bearer(session, stranger)
    await session.commit()
    answers = [
        await client.put(f"/api/v1/groups/{key}/membership", headers=headers)
        for key in (group.id, founder.id)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [answer.json() for answer in answers]
    for body in bodies:
        body.pop("request_id"), body.pop("instance")
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("archived", [False, True])
async def test_both_faces_of_the_policy_agree(session, archived):
    founder, someone = await a_person(session), await a_person(session, "Kim Jaspert")
    for admission, standing in itertools.product(Admission, [None, *Standing]):
        group = await a_group(session, founder, admission=admission)
        if standing:
            await a_membership(session, group, someone, standing)
        for actor in (ANONYMOUS, as_actor(someone)):
            acts = policy.acts(actor, admission, standing, archived=archived)
            for act, predicate in (
                (policy.Act.VIEW, policy.visible_to(actor)),
                (policy.Act.READ, policy.readable_to(actor)),
            ):
                found = await session.scalar(
                    select(Group.id).where(Group.id == group.id, predicate)
                )
                assert (found is not None) == (act in acts), (admission, standing, act)


async def test_joining_twice_changes_nothing(session, client):
    founder, newcomer = await a_person(session), await a_person(session, "Kim Jaspert")
    group = await a_group(session, founder)
    headers = await bearer(session, newcomer)
    await session.commit()
    for _ in range(2):
        answer = await client.put(f"/api/v1/groups/{group.id}/membership", headers=headers)
        assert answer.status_code == 200
    assert await session.scalar(select(func.count()).select_from(EventRecord)) == 1
