"""What is new in a group, told to its members as much as each wishes to hear of it."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.events import on
from app.core.i18n import N_
from app.features.groups.policy import INSIDE
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import AnsweredIn, Matter, Wording, announced
from app.features.posts import policy
from app.features.posts.keeping import keepers_of
from app.features.posts.publishing import PostPublished
from app.models.groups import Group, Membership
from app.models.posts import Post

POSTED = Wording(
    "group.posted",
    topics.GROUP_POSTS,
    N_("Neu in der Gruppe „%(group)s“: „%(post)s“."),
    several=N_("%(count)s neue Beiträge in der Gruppe „%(group)s“."),
    each="post",
    answered_in=AnsweredIn.POST,
)


@on(PostPublished)
async def tell_group(session: Session, event: PostPublished) -> None:
    """Tell the members of a group of a new post there, but for those who keep it."""
    post = await session.get(Post, event.post_id)
    group = await session.get(Group, post.group_id) if post and post.group_id else None
    if post is None or group is None:
        return
    keeping = await keepers_of(session, post)
    await tell(
        session,
        POSTED,
        [one for one in await _members(session, post) if one not in {*keeping, post.author_id}],
        params={"group": group.name, "post": announced(post)},
        path=f"/posts/{post.id}",
        dedup_key=f"{POSTED.type}:{post.id}",
        matter=Matter(
            f"group:{group.id}", post_id=post.id, group_id=group.id, path=f"/groups/{group.slug}"
        ),
    )


async def _members(session: Session, post: Post) -> list[UUID]:
    """Return the members who may see a post that readers meet now."""
    each = Actor(person_id=cast(Any, Membership.person_id))
    found = await session.scalars(
        select(Membership.person_id)
        .join(Post, Post.id == post.id)
        .where(
            Membership.group_id == post.group_id,
            Membership.standing.in_(INSIDE),
            policy.current(),
            policy.visible_to(each),
        )
    )
    return list(found)
