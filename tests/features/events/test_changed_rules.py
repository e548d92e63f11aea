"""What becomes of dates that were moved, and of who is registered, when the whole event changes."""

from html.parser import HTMLParser

import pytest

from tests.makers import signed_in

WEEKLY = {
    "event_type": "meeting", "participation": "registration", "slot_minutes": None,
    "capacity": None, "questions": [], "recurrence_rule": "FREQ=WEEKLY;COUNT=4",
    "starts_at": "2026-12-03T14:00", "ends_at": "2026-12-03T16:00",
}  # fmt: skip


@pytest.fixture
async def weekly(publish, call):
    """Four Thursdays; the second is held on the Friday after, and Nadine comes to it."""
    made, dates = await publish(**WEEKLY)
    second = dates[1]
    await call("POST", f"/occurrences/{second['id']}/registrations", "Nadine", 201, json={})
    friday = {"starts_at": "2026-12-11T15:00"}
    await call("POST", f"/occurrences/{second['id']}/move", "Lena", json=friday)

    async def change(status=200, *, confirmed=(), **details):
        wanted = {**made["details"], **details}
        answer = await call(
            "PATCH",
            f"/posts/{made['id']}",
            "Lena",
            status,
            json={"details": wanted, "confirmed": list(confirmed)},
        )
        if status != 200:
            return answer
        found = await call("GET", f"/events/{made['id']}/occurrences", "Lena")
        return [(one["starts_at"][:16], one["state"], one["id"]) for one in found["items"]]

    return change, second["id"]


WEDNESDAY = {"starts_at": "2026-12-02T14:00", "ends_at": "2026-12-02T16:00"}
FRIDAY = {"starts_at": "2026-12-04T14:00", "ends_at": "2026-12-04T16:00"}


async def test_the_organiser_is_told_before_a_moved_date_is_lost_and_who_comes_when_it_is(
    weekly, call, work, outbox
):
    change, second = weekly
    refused = await change(422, **WEDNESDAY)
    [error] = refused["errors"]
    assert (refused["code"], error["code"]) == ("confirmation_needed", "dates_lost")
    assert "11.12.2026, 15:00" in error["detail"]
    assert "03.12.2026" not in error["detail"]  # nobody reckons with that one
    await work()
    outbox.outbox.clear()
    dates = await change(confirmed=["dates_lost"], **WEDNESDAY)
    await work()
    assert (await call("GET", f"/occurrences/{second}", "Nadine"))["state"] == "cancelled"
    assert [start for start, state, _ in dates if state == "planned"] == [
        f"2026-12-{day:02}T13:00" for day in (2, 9, 16, 23)
    ]
    told = (await call("GET", "/notifications", "Nadine"))["items"][0]["text"]
    assert "am 11.12.2026, 15:00 ist abgesagt" in told


async def test_a_date_that_was_moved_to_the_new_day_stays_and_so_does_who_comes(
    weekly, call, work, outbox
):
    change, second = weekly
    await work()
    outbox.outbox.clear()
    dates = await change(**FRIDAY)  # asks for nothing: nobody loses a date
    await work()
    assert ("2026-12-11T14:00", "moved", second) in dates  # 15:00, and not 14:00 by the rule
    assert [start for start, _, _ in dates] == [
        "2026-12-04T13:00", "2026-12-11T14:00", "2026-12-18T13:00", "2026-12-25T13:00"
    ]  # fmt: skip
    mine = (await call("GET", "/me/registrations", "Nadine"))["items"]
    assert [(one["occurrence_id"], one["state"]) for one in mine] == [(second, "confirmed")]
    assert outbox.outbox == []


async def test_a_date_that_was_moved_to_just_when_the_rule_has_one_is_as_planned(weekly, work):
    change, second = weekly
    later = {"starts_at": "2026-12-04T15:00", "ends_at": "2026-12-04T17:00"}
    dates = await change(**later)
    assert ("2026-12-11T14:00", "planned", second) in dates
    assert len(dates) == 4


async def test_dates_that_nobody_decided_on_go_without_a_question(publish, call):
    made, _ = await publish(**WEEKLY)
    details = {**made["details"], **WEDNESDAY}
    await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": details})
    details["repeats_until"], details["recurrence_rule"] = "2026-12-09", "FREQ=WEEKLY"
    await call("PATCH", f"/posts/{made['id']}", "Lena", json={"details": details})
    left = await call("GET", f"/events/{made['id']}/occurrences", "Lena")
    assert len(left["items"]) == 2


async def test_an_event_that_ends_sooner_names_the_dates_that_people_reckon_with(publish, call):
    made, dates = await publish(**WEEKLY)
    for name in ("Nadine", "Ole"):
        await call("POST", f"/occurrences/{dates[3]['id']}/registrations", name, 201, json={})
    sooner = {**made["details"], "recurrence_rule": "FREQ=WEEKLY;COUNT=2"}
    path = f"/posts/{made['id']}"
    refused = await call("PATCH", path, "Lena", 422, json={"details": sooner})
    assert "24.12.2026, 14:00" in refused["errors"][0]["detail"]
    assert "Angemeldet sind dazu 2" in refused["errors"][0]["detail"]
    patch = {"details": sooner, "confirmed": ["dates_lost"]}
    await call("PATCH", path, "Lena", json=patch)
    assert (await call("GET", f"/occurrences/{dates[3]['id']}", "Ole"))["state"] == "cancelled"


class FormFields(HTMLParser):
    """What a browser would post of the form with a body, as it was filled in by the server."""

    def __init__(self):
        super().__init__()
        self.fields, self.text, self.select = [], None, None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            is_choice = given.get("type") in {"checkbox", "radio"}
            if given.get("type") != "file" and (not is_choice or "checked" in given):
                self.fields.append((given["name"], given.get("value") or ""))
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.select and "selected" in given:
            self.fields.append((self.select, given["value"]))
        elif tag == "textarea":
            self.text = (given["name"], "")

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.fields.append(self.text)
            self.text = None

    def handle_data(self, data):
        if self.text:
            self.text = (self.text[0], self.text[1] + data)


async def test_the_page_asks_before_dates_are_lost_and_saves_once_that_is_confirmed(
    weekly, call, client, session, people
):
    _, second = weekly
    keeps = await signed_in(session, people["Lena"])
    await session.commit()
    event = (await call("GET", f"/occurrences/{second}", "Lena"))["event_id"]
    path = f"/posts/{event}/edit"
    page = (await client.get(path, headers=keeps)).text
    form = FormFields()
    form.feed(page.partition(f'action="{path}"')[2].partition("</form>")[0])
    said = {}
    for name, value in form.fields:
        said.setdefault(name, []).append(value)
    said |= {"details.starts_at": ["2026-12-02T14:00"], "details.ends_at": ["2026-12-02T16:00"]}
    refused = await client.post(path, data=said, headers=keeps)
    assert refused.status_code == 422
    assert "Mit dieser Änderung entfallen Termine" in refused.text
    assert 'value="dates_lost"' in refused.text
    said |= {"confirmed": ["dates_lost"], "form_id": ["0198c1d0-0000-7000-8000-000000000002"]}
    saved = await client.post(path, data=said, headers=keeps)
    assert saved.status_code == 303, saved.text
    assert (await call("GET", f"/occurrences/{second}", "Nadine"))["state"] == "cancelled"
