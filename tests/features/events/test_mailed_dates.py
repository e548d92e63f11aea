"""Mails about a registration, as a mail server gets them: the date as a file, and the code."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO
from uuid import UUID

import icalendar
import pytest
import segno
from sqlalchemy import select

from app.core import clock
from app.core.db import transaction
from app.features.events.guest_letters import tell_guests_of_a_move
from app.features.events.nearing import remind_of_dates
from app.features.notifications.about_events import tell_of_a_move
from app.features.notifications.gathering import announce_due
from app.features.posts.events.dates import OccurrenceMoved
from app.models.mails import OutgoingMail
from app.models.occurrences import Registration
from tests.features.events.conftest import DAY, TODAY
from tests.makers import a_person
from tests.sinks import mail_sink

GUEST = {"name": "Paul Gast", "email": "paul@firma.example", "slot": 2}
ONE = {"recurrence_rule": None, "holiday_rule": "keep", "participation": "registration"}
ONE |= {"slot_minutes": None, "capacity": 1, "has_waiting_list": True}


@pytest.fixture
def sink(runtime):
    with mail_sink(runtime) as sink:
        yield sink


@pytest.fixture
def mails(work, sink):
    async def received():
        """What the mail server got since the last look."""
        await work()
        found = [message_from_bytes(raw, policy=policy.SMTP) for _, raw in sink.mails]
        sink.mails.clear()
        return found

    return received


def only(mails, to):
    """The one mail to somebody."""
    [mail] = [mail for mail in mails if to in mail.get_body(("plain",)).get_content().split(",")[1]]
    return mail


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def parts_of(mail):
    return [part.get_content_type() for part in mail.walk() if not part.is_multipart()]


def date_in(mail):
    """The one event of the one file that came with a mail."""
    [file] = mail.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "termin.ics")
    assert file.get_param("method") == "PUBLISH"
    calendar = icalendar.Calendar.from_ical(file.get_payload(decode=True))
    assert not calendar.errors
    assert calendar["method"] == "PUBLISH"
    [event] = calendar.walk("VEVENT")
    assert not event.errors
    return event


def picture_in(mail):
    """The picture that the HTML of a mail shows; it shows nothing that comes from elsewhere."""
    html = next(part for part in mail.walk() if part.get_content_type() == "text/html")
    shown = re.findall(r'(?:src|background)="([^"]+)"', html.get_content())
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert shown == [f"cid:{picture['Content-ID'].strip('<>')}"]
    return picture.get_payload(decode=True)


def drawn(address):
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="png", scale=8, border=4, light="#ffffff"
    )
    return out.getvalue()


async def in_calendar(client, call, name):
    link = await call("POST", "/me/calendar_link", name, 201)
    answer = await client.get(link["secret"].removeprefix("http://testserver"))
    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return event


async def test_the_mail_of_a_confirmed_place_brings_the_date_of_ones_own_calendar_and_the_code(
    publish, call, client, mails, session
):
    _, dates = await publish()
    path = f"/occurrences/{dates[1]['id']}"
    made = await call("POST", f"{path}/registrations", "Nadine", 201, json={"slot": 2})
    mail = only(await mails(), "Nadine")
    assert parts_of(mail) == ["text/plain", "text/html", "image/png", "text/calendar"]
    first = date_in(mail)
    assert first == await in_calendar(client, call, "Nadine")
    assert first["dtstart"].to_ical() == b"20270107T144000"
    assert (first["status"], first["conference"]) == ("CONFIRMED", DAY["online_link"])
    assert f"Ihr Code für den Einlass: {made['code']}" in text_of(mail)
    assert picture_in(mail) == drawn(made["check_in_url"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<events.kontor.example>"
    [kept] = await session.scalars(select(OutgoingMail).where(OutgoingMail.sent_at.is_not(None)))
    assert (kept.text, kept.letter) == ("", None)

    await call("POST", f"{path}/move", "Lena", json={"starts_at": "2027-01-08T10:00"})
    mail = only(await mails(), "Nadine")
    moved = date_in(mail)
    assert (moved["uid"], moved["dtstart"].to_ical()) == (first["uid"], b"20270108T104000")
    assert moved["sequence"] > first["sequence"]
    assert picture_in(mail)

    await call("POST", f"{path}/cancel", "Lena")
    mail = only(await mails(), "Nadine")
    off = date_in(mail)
    assert (off["uid"], off["status"]) == (first["uid"], "CANCELLED")
    assert off["sequence"] > moved["sequence"]
    assert parts_of(mail) == ["text/plain", "text/html", "text/calendar"]
    assert made["code"] not in text_of(mail)


async def test_a_guest_is_mailed_date_and_code_once_they_have_a_place_and_that_it_is_gone(
    publish, call, mails, runtime
):
    _, dates = await publish()
    path = f"/occurrences/{dates[0]['id']}"
    await call("POST", f"{path}/guests", None, 202, json=GUEST)
    [mail] = await mails()
    assert parts_of(mail) == ["text/plain", "text/html"]
    key = re.search(r"guest-registrations\?key=([\w.-]+)", text_of(mail))[1]
    own = await call("POST", f"/guest_registrations/{key}/confirm")
    mail = only(await mails(), "Paul")
    first = date_in(mail)
    assert first["uid"] == f"{own['id']}-date@testserver"
    assert (first["dtstart"].to_ical(), first["status"]) == (b"20261203T144000", "CONFIRMED")
    assert key not in first.to_ical().decode()
    assert picture_in(mail) == drawn(own["check_in_url"])

    with clock.set_to(TODAY + timedelta(days=10, hours=8)):
        async with transaction(runtime.sessions) as session:
            await remind_of_dates(session)
        mail = only(await mails(), "Paul")
    assert "wir erinnern Sie" in text_of(mail)
    assert date_in(mail) == first
    assert own["code"] in text_of(mail)
    assert picture_in(mail)

    await call("POST", f"/guest_registrations/{key}/cancel")
    mail = only(await mails(), "Paul")
    gone = date_in(mail)
    assert (gone["uid"], gone["status"]) == (first["uid"], "CANCELLED")
    assert gone["sequence"] > first["sequence"]
    assert DAY["online_link"] not in gone.to_ical().decode() + text_of(mail)
    assert parts_of(mail) == ["text/plain", "text/html", "text/calendar"]


async def test_who_has_no_place_or_no_longer_gets_neither_code_nor_link(publish, call, mails):
    _, dates = await publish(**ONE)
    path = f"/occurrences/{dates[0]['id']}/registrations"
    has = await call("POST", path, "Nadine", 201, json={"answers": ["Rat"]})
    await call("POST", path, "Ole", 201, json={"answers": ["Rat"]})
    sent = await mails()
    assert parts_of(only(sent, "Ole")) == ["text/plain", "text/html"]
    first = date_in(only(sent, "Nadine"))
    await call("POST", f"/registrations/{has['id']}/decline", "Lena")
    sent = await mails()
    mail = only(sent, "Nadine")
    declined = date_in(mail)
    assert (declined["uid"], declined["status"]) == (first["uid"], "CANCELLED")
    assert declined["sequence"] > first["sequence"]
    for mail in sent:  # also that a place is offered to Ole
        said = mail.as_bytes() + declined.to_ical()
        assert b"video.example" not in said
        assert "image/png" not in parts_of(mail)
        assert "Einlass" not in text_of(mail)
    assert parts_of(only(sent, "Ole")) == ["text/plain", "text/html"]


async def test_what_waits_for_the_end_of_quiet_hours_brings_them_too(publish, call, mails, runtime):
    quiet = {"quiet_hours": {"begins": "08:00", "ends": "18:00"}}
    await call("PATCH", "/me/notification_settings", "Nadine", json=quiet)
    _, dates = await publish(**ONE)
    path = f"/occurrences/{dates[0]['id']}/registrations"
    made = await call("POST", path, "Nadine", 201, json={"answers": ["Rat"]})
    assert await mails() == []
    with clock.set_to(TODAY + timedelta(hours=9)):
        async with transaction(runtime.sessions) as session:
            await announce_due(session)
        mail = only(await mails(), "Nadine")
    assert date_in(mail)["uid"] == f"{made['id']}-date@testserver"
    assert made["code"] in text_of(mail)


async def test_telling_many_of_a_move_takes_as_many_queries_as_telling_few(
    publish, call, session, runtime, queries
):
    _, dates = await publish()
    counted = []
    for date, count in zip(dates, (1, 4), strict=False):
        for number in range(count):
            given = {"occurrence_id": UUID(date["id"]), "registered_at": clock.now()}
            given |= {"state": "confirmed", "confirmed_at": clock.now()}
            person = await a_person(session, f"Person {number}")
            guest = {"guest_key": b"%d" % number, "guest_email": f"g{number}@gast.example"}
            who = [{"person_id": person.id}, {**guest, "guest_name": "Gast"}]
            for at, one in enumerate(who, 2 * number):
                session.add(Registration(number=at, code=f"CODE{at}", slot=at, **given, **one))
        await session.commit()
        moved = OccurrenceMoved(occurrence_id=UUID(date["id"]), sequence=1)
        queries.clear()
        async with transaction(runtime.sessions) as tx:
            await tell_of_a_move(tx, moved)
            await tell_guests_of_a_move(tx, moved)
            counted.append(len(queries))
    assert counted[0] == counted[1]
