"""Whether the words of which somebody was told still stand; asked again when their mail leaves."""

from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, not_
from sqlalchemy.orm import QueryableAttribute

from app.features.notifications.about_posts import COMPANY_MENTIONED, MENTIONED, REPLIED
from app.models.notifications import Notification
from app.models.posts import Mention, Reply


def still_stands() -> ColumnElement[bool]:
    """Say, in SQL, that a reply has not been taken back, and that a mention is still there."""
    withdrawn = exists().where(
        Reply.post_id == Notification.post_id,
        Reply.withdrawn_at.is_not(None),
        _told_of(Reply.id),
    )
    mentioned = exists().where(Mention.post_id == Notification.post_id, _told_of(Mention.id))
    return case(
        (Notification.type == REPLIED.type, not_(withdrawn)),
        (Notification.type.in_([MENTIONED.type, COMPANY_MENTIONED.type]), mentioned),
        else_=True,
    )


def _told_of(key: QueryableAttribute[UUID]) -> ColumnElement[bool]:
    return Notification.dedup_key == func.concat(Notification.type, ":", key)
