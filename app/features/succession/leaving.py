"""Whoever leaves takes their concealed posts along: nobody else could answer for them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.features.accounts.account import AccountClosed
from app.features.posts.concealing import hidden_by
from app.features.posts.ending import end_post
from app.features.posts.policy import MET
from app.models.posts import Post, PostStatus


@on(AccountClosed)
async def withdraw_concealed_posts(session: Session, event: AccountClosed) -> None:
    """Withdraw the posts that the person alone was behind; those of a company stay."""
    posts = await session.scalars(
        select(Post)
        .where(
            Post.is_concealed,
            Post.status.in_((*MET, PostStatus.DRAFT)),
            hidden_by(event.person_id),
        )
        .with_for_update(of=Post)
    )
    for post in posts:
        end_post(session, post, PostStatus.WITHDRAWN)
