"""What happened to things, and that their documents are made anew because of it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.features.accounts.account import AccountClosed
from app.features.accounts.signing_up import AccountOpened
from app.features.companies.claiming.deciding import CompanyClaimed
from app.features.companies.closing import CompanyClosed, CompanyReopened
from app.features.companies.founding import CompanyFounded
from app.features.companies.importing.storing import ListImported
from app.features.companies.profile import CompanyEdited
from app.features.groups.changing import (
    CharterChanged,
    GroupArchivedEvent,
    GroupEdited,
    GroupReopened,
)
from app.features.groups.founding import GroupFounded
from app.features.people.profile import ProfileChanged
from app.features.posts.editing import PostEdited
from app.features.posts.ending import PostEnded, PostRenewed
from app.features.posts.publishing import PostPublished
from app.features.posts.replying import ReplyEdited, ReplyPosted, ReplyWithdrawn
from app.features.search.keeping import keep_documents, keep_up
from app.models.posts import Reply
from app.models.search import Thing

_EVERY_BATCH = 1_000


@on(PostPublished)
async def describe_published(session: Session, event: PostPublished) -> None:
    """Let a new post be found."""
    await keep_documents(session, Thing.POST, [event.post_id])


@on(PostEdited)
async def describe_edited(session: Session, event: PostEdited) -> None:
    """Let a post be found by what it says now."""
    await keep_documents(session, Thing.POST, [event.post_id])


@on(PostRenewed)
async def describe_renewed(session: Session, event: PostRenewed) -> None:
    """Let a post be found again, which may have ended meanwhile."""
    await _keep_with_replies(session, event.post_id)


@on(PostEnded)
async def forget_ended(session: Session, event: PostEnded) -> None:
    """Let a post and its replies be found no more."""
    await _keep_with_replies(session, event.post_id)


async def _keep_with_replies(session: Session, post_id: UUID) -> None:
    await keep_documents(session, Thing.POST, [post_id])
    replies = list(await session.scalars(select(Reply.id).where(Reply.post_id == post_id)))
    await keep_documents(session, Thing.REPLY, replies)


@on(ReplyPosted)
async def describe_reply(session: Session, event: ReplyPosted) -> None:
    """Let a reply be found."""
    await keep_documents(session, Thing.REPLY, [event.reply_id])


@on(ReplyEdited)
async def describe_edited_reply(session: Session, event: ReplyEdited) -> None:
    """Let a reply be found by what it says now."""
    await keep_documents(session, Thing.REPLY, [event.reply_id])


@on(ReplyWithdrawn)
async def forget_reply(session: Session, event: ReplyWithdrawn) -> None:
    """Let a reply be found no more."""
    await keep_documents(session, Thing.REPLY, [event.reply_id])


@on(CompanyFounded)
async def describe_founded(session: Session, event: CompanyFounded) -> None:
    """Let a new company be found."""
    await keep_documents(session, Thing.COMPANY, [event.company_id])


@on(CompanyEdited)
async def describe_edited_company(session: Session, event: CompanyEdited) -> None:
    """Let a company be found by what it says now."""
    await keep_documents(session, Thing.COMPANY, [event.company_id])


@on(CompanyClaimed)
async def describe_claimed(session: Session, event: CompanyClaimed) -> None:
    """Let a company be found whose words everybody may read from now on."""
    await keep_documents(session, Thing.COMPANY, [event.company_id])


@on(CompanyClosed)
async def forget_closed(session: Session, event: CompanyClosed) -> None:
    """Let a company be found no more."""
    await keep_documents(session, Thing.COMPANY, [event.company_id])


@on(CompanyReopened)
async def describe_reopened(session: Session, event: CompanyReopened) -> None:
    """Let a company be found again."""
    await keep_documents(session, Thing.COMPANY, [event.company_id])


@on(ListImported)
async def describe_imported(session: Session, event: ListImported) -> None:
    """Let the companies of a members' list be found."""
    del event
    await keep_up(session, Thing.COMPANY, batches=_EVERY_BATCH)


@on(AccountOpened)
async def describe_new_person(session: Session, event: AccountOpened) -> None:
    """Let somebody new be found."""
    await keep_documents(session, Thing.PERSON, [event.person_id])


@on(ProfileChanged)
async def describe_profile(session: Session, event: ProfileChanged) -> None:
    """Let somebody be found by what they say of themselves now."""
    await keep_documents(session, Thing.PERSON, [event.person_id])


@on(AccountClosed)
async def forget_person(session: Session, event: AccountClosed) -> None:
    """Let somebody be found no more who has left."""
    await keep_documents(session, Thing.PERSON, [event.person_id])


@on(GroupFounded)
async def describe_group(session: Session, event: GroupFounded) -> None:
    """Let a new group be found."""
    await keep_documents(session, Thing.GROUP, [event.group_id])


@on(GroupEdited)
async def describe_edited_group(session: Session, event: GroupEdited) -> None:
    """Let a group be found by what it says of itself now."""
    await keep_documents(session, Thing.GROUP, [event.group_id])


@on(CharterChanged)
async def describe_charter(session: Session, event: CharterChanged) -> None:
    """Let a group be found by its charter as it is now."""
    await keep_documents(session, Thing.GROUP, [event.group_id])


@on(GroupArchivedEvent)
async def forget_archived(session: Session, event: GroupArchivedEvent) -> None:
    """Let a group be found no more that nobody writes in."""
    await keep_documents(session, Thing.GROUP, [event.group_id])


@on(GroupReopened)
async def describe_reopened_group(session: Session, event: GroupReopened) -> None:
    """Let a group be found again."""
    await keep_documents(session, Thing.GROUP, [event.group_id])
