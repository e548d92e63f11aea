"""Loading a post or a reply for an act, or refusing it as the policy says."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, bindparam, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, Gone, NotFound, SignInRequired
from app.core.i18n import N_
from app.features.companies.policy import speaks_for
from app.features.posts import policy
from app.features.posts.drafts import KINDS, latest_end_of
from app.features.posts.policy import Act, ReplyAct, Surroundings
from app.models.groups import Group, Membership
from app.models.posts import Audience, Post, Reply


class PostGone(Gone):
    code: ClassVar[str] = "post_gone"
    text: ClassVar[str] = N_("Dieser Beitrag ist nicht mehr verfügbar.")


class StepNotPossible(Conflict):
    code: ClassVar[str] = "step_not_possible"
    text: ClassVar[str] = N_("Im jetzigen Stand des Beitrags geht das nicht.")


class MembersOnly(Forbidden):
    code: ClassVar[str] = "members_only"
    text: ClassVar[str] = N_("In dieser Gruppe schreiben nur Mitglieder. Treten Sie zuerst bei.")


def surroundings_columns(actor: Actor) -> list[Any]:
    """Return what a query must select, besides the post, to know what ``actor`` may do."""
    no: Any = literal(value=False)
    return [
        Post.status.label("surrounding_status"),
        policy.current().label("is_current"),
        Post.is_concealed.label("surrounding_concealed"),
        (Post.audience == Audience.PUBLIC).label("is_for_all"),
        Group.admission,
        Group.archived_at.is_not(None).label("is_archived"),
        (Membership.standing if actor.is_signed_in else null()).label("standing"),
        (policy.written_by(actor) if actor.is_signed_in else no).label("is_mine"),
        (policy.kept_by(actor) if actor.is_signed_in else no).label("is_kept_by_me"),
    ]


def with_surroundings(query: Select[Any], actor: Actor) -> Select[Any]:
    """Join what ``surroundings_columns`` selects from."""
    query = query.outerjoin(Group, Group.id == Post.group_id)
    if not actor.is_signed_in:
        return query
    return query.outerjoin(
        Membership,
        and_(Membership.group_id == Post.group_id, Membership.person_id == actor.person_id),
    )


def surroundings(row: Any, post: Any) -> Surroundings:
    """Read the surroundings of a post from a row with those columns."""
    known = KINDS.get(post.kind)
    return Surroundings(
        status=row.surrounding_status,
        is_current=row.is_current,
        is_for_all=row.is_for_all,
        admission=row.admission,
        is_archived=bool(row.is_archived),
        standing=row.standing,
        is_mine=row.is_mine,
        is_kept_by_me=row.is_kept_by_me,
        may_accept_answer=bool(known and known.may_accept_answer),
        lives=bool(known and known.lifetime),
        may_be_reserved=bool(known and known.lifetime and known.lifetime.may_be_reserved),
        is_concealed=row.surrounding_concealed,
        takes_inquiries=bool(known and known.inquiry_form),
        latest_end=latest_end_of(post) if row.is_kept_by_me and known else None,
        expires_at=post.expires_at,
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A post, and what the actor may do with it."""

    post: Post
    acts: frozenset[Act]
    here: Surroundings


async def open_post(session: Session, actor: Actor, post_id: UUID, *, lock: bool = False) -> Opened:
    """Load a post that ``actor`` may see; refuse as if it were not there, or as gone.

    With ``lock`` the row stays locked until commit.
    """
    given = {"post_id": post_id, "me": actor.person_id}
    row = (await session.execute(_opening(actor.shape, lock=lock), given)).first()
    if row is None:
        raise NotFound
    here = surroundings(row, row.Post)
    granted = policy.acts(actor, here)
    if Act.VIEW not in granted:
        raise await _unseen(session, actor, post_id)
    return Opened(row.Post, granted, here)


@cache
def _opening(actor: Actor, *, lock: bool) -> Select[Any]:
    query = with_surroundings(select(Post, *surroundings_columns(actor)), actor)
    query = query.where(Post.id == bindparam("post_id", type_=Uuid()))
    if lock:
        query = query.with_for_update(of=Post)
    return query.execution_options(populate_existing=True)


async def _unseen(session: Session, actor: Actor, post_id: UUID) -> NotFound | PostGone:
    stood_open = await session.scalar(
        select(Post.id).where(Post.id == post_id, policy.once_met(), policy.stands_open_to(actor))
    )
    return PostGone() if stood_open else NotFound()


async def post_for(
    session: Session, actor: Actor, post_id: UUID, act: Act, *, lock: bool = False
) -> Post:
    """Load a post for ``act``; refuse what the actor may not see, then what it may not do."""
    opened = await open_post(session, actor, post_id, lock=lock)
    require_act(actor, opened, act)
    return opened.post


def require_act(actor: Actor, opened: Opened, act: Act) -> None:
    """Refuse what ``actor`` may not do with a post that is open before them."""
    if not actor.is_signed_in:
        raise SignInRequired
    if act not in opened.acts:
        if act in policy.STEPS and opened.here.is_kept_by_me:
            raise StepNotPossible
        if not opened.here.is_current:
            raise PostGone
        raise MembersOnly if _lacks_membership(opened, act) else Forbidden


def _lacks_membership(opened: Opened, act: Act) -> bool:
    return act is Act.REPLY and opened.post.group_id is not None and Act.REACT in opened.acts


async def reply_for(
    session: Session, actor: Actor, reply_id: UUID, act: ReplyAct
) -> tuple[Post, Reply]:
    """Load a reply for ``act``, with its post, both locked until commit, the post first."""
    post_id = await session.scalar(select(Reply.post_id).where(Reply.id == reply_id))
    if post_id is None:
        raise NotFound
    opened = await open_post(session, actor, post_id, lock=True)
    given = {"reply_id": reply_id, "me": actor.person_id}
    row = (await session.execute(_opening_reply(actor.shape), given)).one()
    reply: Reply = row.Reply
    if reply.withdrawn_at is not None:
        raise NotFound
    if not actor.is_signed_in:
        raise SignInRequired
    is_mine = reply.author_id == actor.person_id
    granted = policy.reply_acts(
        actor,
        opened.acts,
        is_mine=is_mine,
        is_kept_by_me=row.is_spoken_for if reply.company_id else is_mine,
        is_withdrawn=False,
    )
    if act not in granted:
        raise Forbidden
    return opened.post, reply


@cache
def _opening_reply(actor: Actor) -> Select[Reply, bool]:
    kept = speaks_for(actor, Reply.company_id) if actor.is_signed_in else literal(False)  # noqa: FBT003
    return (
        select(Reply, kept.label("is_spoken_for"))
        .where(Reply.id == bindparam("reply_id", type_=Uuid()))
        .with_for_update(of=Reply)
        .execution_options(populate_existing=True)
    )
