"""Whoever adds a table about people decides what becomes of its rows when somebody leaves."""

from app.models.base import Base
from app.models.people import Person

FORGOTTEN = {
    *(
        "bookmarks",
        "feed_positions",
        "follow_news",
        "follows",
        "group_volumes",
        "memberships",
        "mutes",
    ),
    *("notification_settings", "notifications", "push_subscriptions", "quiet_hours"),
    *("calendar_links", "saved_searches", "subscribed_calendars"),
}
# By a former member: what they wrote and did with others, who still need it.
KEPT = {
    *("blocks", "claims", "concealed_authors", "confirmations", "contacts", "conversations"),
    *("group_invitations", "groups", "inquiries", "media", "mediation_checks", "mentions"),
    *("messages", "pool_shares", "post_revisions", "posts", "ratings", "reactions", "read_marks"),
    *("registrations", "replies", "staff", "staff_invitations"),
}


def test_of_every_table_about_people_it_is_decided_what_happens_when_they_leave():
    people = Person.__table__
    about = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table is people for key in table.foreign_keys)
    }
    assert about == FORGOTTEN | KEPT
    assert not FORGOTTEN & KEPT
