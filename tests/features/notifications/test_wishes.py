"""When somebody is told: at once, in the morning, on Monday, after their quiet hours, or never."""

from datetime import UTC, datetime, time

import pytest

from app.features.notifications.topics import GROUP_POSTS, REPLIES, SEARCHES, TOPICS
from app.features.notifications.wishes import Quiet, Wishes
from app.models.notifications import Channel, Volume
from app.models.searches import Frequency

NIGHT = Quiet(time(22), time(7))
SIESTA = Quiet(time(13), time(14, 30))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "moment", "sent"),
    [
        (NIGHT, "2026-12-01T20:59", "2026-12-01T20:59"),
        (NIGHT, "2026-12-01T21:00", "2026-12-02T06:00"),  # 22:00 in Berlin
        (NIGHT, "2026-12-02T05:59", "2026-12-02T06:00"),
        (NIGHT, "2026-12-02T06:00", "2026-12-02T06:00"),
        (NIGHT, "2026-07-01T20:00", "2026-07-02T05:00"),  # summer time
        (NIGHT, "2027-03-27T22:00", "2027-03-28T05:00"),  # the clock is put forward that night
        (NIGHT, "2027-10-30T21:00", "2027-10-31T06:00"),  # and back
        (SIESTA, "2026-12-01T12:00", "2026-12-01T13:30"),
        (SIESTA, "2026-12-01T13:30", "2026-12-01T13:30"),
        (SIESTA, "2026-12-01T11:59", "2026-12-01T11:59"),
    ],
)
def test_what_falls_into_quiet_hours_is_sent_at_their_end(quiet, moment, sent):
    assert quiet.end_after(at(moment)) == at(sent)


@pytest.mark.parametrize(
    ("frequency", "quiet", "due"),
    [
        ("at_once", None, "2026-12-01T10:00"),
        ("daily", None, "2026-12-02T05:00"),
        ("weekly", None, "2026-12-07T05:00"),
        ("daily", NIGHT, "2026-12-02T06:00"),
        ("weekly", NIGHT, "2026-12-07T06:00"),
    ],
)
def test_mails_go_at_once_in_the_morning_or_on_monday_but_never_in_quiet_hours(
    frequency, quiet, due
):
    found = Wishes({}, quiet=quiet).due(Frequency(frequency), at("2026-12-01T10:00"))
    assert found == at(due)


def test_never_is_never_due():
    assert Wishes({}).due(Frequency.NEVER, at("2026-12-01T10:00")) is None


def test_what_is_chosen_goes_before_what_is_usual_and_the_group_before_both():
    usual, chosen = Wishes({}), Wishes({Channel.MAIL: "daily", Channel.INBOX: "never"})
    assert usual.frequency(REPLIES, Channel.MAIL) == Frequency.AT_ONCE
    assert usual.frequency(GROUP_POSTS, Channel.MAIL) == Frequency.WEEKLY
    assert chosen.frequency(GROUP_POSTS, Channel.MAIL) == Frequency.DAILY
    assert chosen.frequency(GROUP_POSTS, Channel.INBOX) == Frequency.NEVER
    for volume, mail, inbox in (
        (Volume.LOUDER, "at_once", "at_once"),
        (Volume.QUIETER, "never", "never"),
        (Volume.MUTED, "never", "never"),
    ):
        wishes = Wishes(chosen.chosen, volume)
        assert wishes.frequency(GROUP_POSTS, Channel.MAIL) == mail
        assert wishes.frequency(GROUP_POSTS, Channel.INBOX) == inbox
        assert wishes.frequency(REPLIES, Channel.MAIL) == Frequency.DAILY  # it is personal


def test_what_is_mailed_elsewhere_is_not_mailed_from_here():
    assert Wishes({Channel.MAIL: "at_once"}).frequency(SEARCHES, Channel.MAIL) == Frequency.NEVER


def test_direct_things_are_mailed_at_once_and_group_activity_weekly_unless_chosen_otherwise():
    weekly = {topic.key for topic in TOPICS.values() if topic.mail == Frequency.WEEKLY}
    assert weekly == {"charters", "follows", "group_posts", "new_groups"}
    assert {topic.key for topic in TOPICS.values() if topic.mail == Frequency.NEVER} == {"staff"}
