"""Calendar files of other programs: read, published once, changed, withdrawn, and told plainly."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.events.calendar_files import CalendarUnreadable, read_calendar
from app.features.events.calendar_import import bring_in
from app.models.calendars import ImportedEvent
from app.models.occurrences import Occurrence
from app.models.posts import Post
from tests.makers import as_actor

WINDOWS = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
ZONE = "TZID=W. Europe Standard Time"
DAY = f"""UID:sprechtag
DTSTAMP:20261101T080000Z
SUMMARY:Sprechtag\\, offen für
  alle
DTSTART;{ZONE}:20261203T140000
DTEND;{ZONE}:20261203T170000
RRULE:FREQ=MONTHLY;BYDAY=1TH;UNTIL=20271202T130000Z
EXDATE;{ZONE}:20270204T140000
EXDATE;VALUE=DATE:20270304
RDATE;{ZONE}:20270318T140000
LOCATION:Regionalbüro\\, 45525 Hattingen
DESCRIPTION:<p>Bitte anmelden<br>bei <b>uns</b></p>
ORGANIZER;CN=Lena:mailto:lena@kammer.example
ATTENDEE:mailto:gast@firma.example"""
MOVED = f"""UID:sprechtag
DTSTAMP:20261101T080000Z
RECURRENCE-ID;{ZONE}:20270506T140000
DTSTART;{ZONE}:20270513T140000
DTEND;{ZONE}:20270513T170000
SUMMARY:Sprechtag\\, offen für alle
LOCATION:Rathaus"""


def a_calendar(*events, before="", newline="\r\n", head="VERSION:2.0\nPRODID:-//Probe//DE\n"):
    inside = "".join(f"BEGIN:VEVENT\n{one}\nEND:VEVENT\n" for one in events)
    said = f"BEGIN:VCALENDAR\n{head}{before}{inside}END:VCALENDAR\n"
    return said.replace("\n", newline).encode()


def simple(uid, start="20270107T140000", *lines, title="Treffen"):
    said = [f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART:{start}", *lines]
    return "\n".join(said)


def facts(content):
    [one] = read_calendar(content)
    assert one.trouble == ""
    return dict(one.facts)


@pytest.fixture
def take(runtime, people, session):
    async def taken(content, *, company=True, calendar_id=None):
        await session.commit()
        async with transaction(runtime.sessions) as tx:
            found = await bring_in(
                tx,
                as_actor(people["Lena"]),
                read_calendar(content),
                company_id=people["chamber"].id if company else None,
                calendar_id=calendar_id,
            )
        for one in list(session):
            if isinstance(one, Post | Occurrence | ImportedEvent):
                session.expunge(one)
        return [(one.title, one.fate.value) for one in found]

    return taken


async def dates(session):
    rows = await session.scalars(select(Occurrence).order_by(Occurrence.starts_at))
    return {row.original_starts_at.date(): row for row in rows}


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_files_are_read_with_any_ends_of_lines_and_folds(newline):
    [one] = read_calendar(a_calendar(DAY, MOVED, before=WINDOWS, newline=newline))
    assert one.title == "Sprechtag, offen für alle"
    assert one.body == "Bitte anmelden\nbei uns"
    assert one.postcode == "45525"
    said = dict(one.facts)
    assert said["time_zone"] == "Europe/Berlin"
    assert said["starts_at"].isoformat() == "2026-12-03T14:00:00"
    assert said["recurrence_rule"] == "FREQ=MONTHLY;BYDAY=1TH"
    assert said["repeats_until"] == date(2027, 12, 2)
    assert [day.isoformat() for day in said["more_dates"]] == ["2027-03-18T14:00:00"]
    assert [other.original.day for other in one.others] == [4, 4, 6]
    assert "example" not in repr(one)  # nobody's address


def test_times_of_every_kind_are_told_in_a_zone_with_a_name():
    def when(start, *lines, **calendar):
        said = facts(a_calendar(simple("1", start, *lines), **calendar))
        return said["starts_at"].isoformat(), said["ends_at"].isoformat(), said["time_zone"]

    berlin, hour = "Europe/Berlin", "DURATION:PT1H"
    assert when("20270701T120000Z", hour) == ("2027-07-01T14:00:00", "2027-07-01T15:00:00", berlin)
    floating = ("2027-07-01T12:00:00", "2027-07-01T13:00:00")
    assert when("20270701T120000", hour) == (*floating, berlin)
    vienna = "VERSION:2.0\nPRODID:x\nX-WR-TIMEZONE:Europe/Vienna\n"
    assert when("20270701T120000", hour, head=vienna) == (*floating, "Europe/Vienna")
    assert when("20270701T120000Z", hour, "RRULE:FREQ=DAILY;COUNT=2") == (*floating, "UTC")
    day = "20270701\nDTEND;VALUE=DATE:20270703"
    start = day.replace("20270701", "20270701", 1)
    said = facts(a_calendar(f"UID:1\nSUMMARY:Tage\nDTSTART;VALUE=DATE:{start}"))
    assert (said["starts_at"].isoformat(), said["ends_at"].isoformat()) == (
        "2027-07-01T00:00:00",
        "2027-07-02T23:59:00",
    )
    own = WINDOWS.replace("W. Europe Standard Time", "Büro")
    said = facts(a_calendar("UID:1\nSUMMARY:Amt\nDTSTART;TZID=Büro:20270701T120000", before=own))
    assert said["time_zone"] == berlin  # its clocks go like ours
    [lost] = read_calendar(a_calendar("UID:1\nSUMMARY:Amt\nDTSTART;TZID=Mars/Nord:20270701T120000"))
    assert lost.trouble == "Die Zeitzone der Veranstaltung ist unbekannt."


def test_a_rule_ends_with_the_moment_that_it_names_and_a_first_date_beside_it_counts():
    until = "RRULE:FREQ=MONTHLY;BYDAY=1TH;UNTIL=20270304T120000Z"
    said = facts(a_calendar(simple("1", "20270107T140000", until)))
    assert said["repeats_until"] == date(2027, 3, 3)  # 4 March at 13:00 is before 14:00
    said = facts(a_calendar(simple("1", "20270105T140000", "RRULE:FREQ=MONTHLY;BYDAY=1TH")))
    assert said["starts_at"].day == 7
    assert [one.day for one in said["more_dates"]] == [5]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<html>Bitte anmelden</html>",
        a_calendar(simple("1"))[:-20],
        b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n",
        a_calendar(*(simple(str(number)) for number in range(501))),
    ],
    ids=["empty", "page", "cut off", "no calendar", "too many"],
)
def test_what_is_no_whole_calendar_is_refused(broken):
    with pytest.raises(CalendarUnreadable):
        read_calendar(broken)


async def test_a_file_is_published_once_with_its_exceptions(session, take, people):
    content = a_calendar(DAY, MOVED, before=WINDOWS)
    title = "Sprechtag, offen für alle"
    assert await take(content) == [(title, "created")]
    assert await take(content) == [(title, "unchanged")]
    post = await session.scalar(select(Post))
    assert (post.company_id, post.details["venue"]) == (
        people["chamber"].id,
        "Regionalbüro, 45525 Hattingen",
    )
    found = await dates(session)
    assert len(found) == 14
    assert [str(day) for day, row in found.items() if row.state == "cancelled"] == [
        "2027-02-04",
        "2027-03-04",
    ]
    moved = found[date(2027, 5, 6)]
    assert moved.starts_at == datetime(2027, 5, 13, 12, tzinfo=UTC)
    assert (moved.state, moved.venue) == ("moved", "Rathaus")


async def test_what_changes_is_changed_and_what_was_decided_here_stays(session, take, call):
    await take(a_calendar(DAY, MOVED, before=WINDOWS))
    post = await session.scalar(select(Post))
    found = await dates(session)
    details = post.details | {"kind": "event", "participation": "registration", "capacity": 7}
    await call("PATCH", f"/posts/{post.id}", "Lena", json={"details": details})
    await call("POST", f"/occurrences/{found[date(2027, 6, 3)].id}/cancel", "Lena")
    later = DAY.replace("140000", "150000").replace("170000", "180000")
    later = later.replace("20270304\n", "20270401\n").replace("130000Z", "140000Z")
    assert [fate for _, fate in await take(a_calendar(later, before=WINDOWS))] == ["changed"]
    post = await session.scalar(select(Post))
    assert (post.details["capacity"], post.details["starts_at"]) == (7, "2026-12-03T15:00")
    after = await dates(session)
    assert {row.id for row in after.values()} == {row.id for row in found.values()}
    cancelled = [str(day) for day, row in after.items() if row.state == "cancelled"]
    assert cancelled == ["2027-02-04", "2027-04-01", "2027-06-03"]  # March is held again
    assert after[date(2027, 5, 6)].state == "planned"
    assert after[date(2027, 5, 6)].venue == ""
    assert after[date(2027, 1, 7)].starts_at == datetime(2027, 1, 7, 14, tzinfo=UTC)


async def test_what_is_withdrawn_here_stays_withdrawn_and_what_is_cancelled_there_ends(
    session, take, call
):
    for uid in ("1", "2"):
        await take(a_calendar(simple(uid, title=f"Treffen {uid}")), company=False)
    both = a_calendar(simple("1", title="Treffen 1"), simple("2", title="Treffen 2"))
    first = await session.scalar(select(Post).order_by(Post.id))
    await call("DELETE", f"/posts/{first.id}", "Lena", 204)
    assert [fate for _, fate in await take(both, company=False)] == ["left_out", "unchanged"]
    cancelled = a_calendar(simple("2", "20270107T140000", "STATUS:CANCELLED", title="Treffen 2"))
    assert await take(cancelled, company=False) == [("Treffen 2", "withdrawn")]
    assert [fate for _, fate in await take(both, company=False)] == ["left_out", "created"]


async def test_private_past_and_unclear_events_are_left_out_or_told_of(session, take):
    mixed = a_calendar(
        simple("1", "20270107T140000", "CLASS:PRIVATE", title="Zahnarzt"),
        simple("2", "20200107T140000", title="Vorbei"),
        simple("3", "20270107T140000", "RRULE:FREQ=HOURLY", title="Stündlich"),
        simple("4", "20270107T140000", "RRULE:FREQ=UNFUG", title="Unfug"),
        simple("5", "20270107T140000", "DURATION:P40D", title="Zu lang"),
        "SUMMARY:Ohne\nDTSTART:20270107T140000",
        simple("6", title="Gut"),
    )
    assert await take(mixed) == [
        ("", "left_out"),
        ("Vorbei", "left_out"),
        ("Stündlich", "refused"),
        ("Unfug", "refused"),
        ("Zu lang", "refused"),
        ("Ohne", "refused"),
        ("Gut", "created"),
    ]
    assert len((await session.scalars(select(Post))).all()) == 1
    assert "Zahnarzt" not in str((await session.scalars(select(Post.title))).all())


async def test_a_link_as_place_is_for_who_is_registered(session, take):
    await take(a_calendar(simple("1", "20270107T140000", "LOCATION:https://video.example/abc")))
    post = await session.scalar(select(Post))
    assert post.details["online_link"] == "https://video.example/abc"
    assert (post.details["attendance"], post.details["venue"]) == ("online", "")
    assert await session.scalar(select(ImportedEvent.post_id)) == post.id


async def test_exceptions_beyond_the_horizon_wait_for_their_date(session, take):
    years = simple("1", "20270107T140000", "RRULE:FREQ=YEARLY", "EXDATE:20300107T140000")
    assert [fate for _, fate in await take(a_calendar(years))] == ["created"]
    with clock.set_to(datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=1)):
        assert [fate for _, fate in await take(a_calendar(years))] == ["unchanged"]
    assert await session.scalar(select(ImportedEvent.digest)) == b""
