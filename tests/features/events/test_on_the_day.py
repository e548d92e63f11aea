"""The day itself: letting people in by code, QR and list; the list to be signed, and as CSV."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.models.occurrences import Occurrence, Registration, RegistrationState
from tests.makers import a_person, as_actor, bearer, signed_in

NAMES = ("Lena", "Nadine", "Fremde")
FORMULAS = ["=1+1", "+49 234", "-1", "@SUM(A1)", "＝1"]


async def an_event(session, keeper, *, days=2, company_id=None, **details):
    """A weekly evening that Lena keeps, and its dates."""
    day = (clock.now() + timedelta(days=days)).date()
    said = {
        "kind": "event", "starts_at": f"{day}T18:00", "ends_at": f"{day}T20:00",
        "repetition": "weekly", "participation": "slots", "slot_minutes": 30,
        "questions": ["Was führt Sie her?", "=Zahl"], **details,
    }  # fmt: skip
    draft = draft_of("event").model_validate(
        {"title": "Sprechstunde", "details": said, "company_id": company_id}
    )
    post = await publish_post(session, as_actor(keeper), draft)
    dates = select(Occurrence).where(Occurrence.post_id == post.id).order_by(Occurrence.starts_at)
    return list(await session.scalars(dates))


@pytest.fixture
async def door(session, client):
    """Nadine is registered for the first of Lena's dates, Fremde for the second."""
    people = {name: await a_person(session, name) for name in NAMES}
    with clock.set_to(clock.now() + timedelta(days=2)):  # so that they hold on the day, too
        tokens = {name: await bearer(session, person) for name, person in people.items()}
        cookies = {name: await signed_in(session, person) for name, person in people.items()}
    first, second = (await an_event(session, people["Lena"]))[:2]
    await session.commit()

    async def call(method, path, by, status=200, **more):
        answer = await client.request(method, f"/api/v1{path}", headers=tokens.get(by, {}), **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    said = {"slot": 1, "answers": ["Verkürzung", "=2"]}
    own = await call("POST", f"/occurrences/{first.id}/registrations", "Nadine", 201, json=said)
    other = await call("POST", f"/occurrences/{second.id}/registrations", "Fremde", 201, json={})
    return call, cookies, first, second, own, other


async def test_a_code_lets_in_once_and_again_is_no_error(door):
    call, _, first, _, own, _ = door
    path = f"/occurrences/{first.id}/check_ins"
    early = await call("POST", path, "Lena", 409, json={"code": own["code"]})
    assert early["code"] == "check_in_closed"
    assert "check_in" not in (await call("GET", f"/occurrences/{first.id}", "Lena"))["viewer_can"]
    with clock.set_to(first.starts_at + timedelta(minutes=5)):
        typed = f" {own['code'][:4].lower()}-{own['code'][4:]} "
        let_in = await call("POST", path, "Lena", json={"code": typed})
        assert let_in["was_there"] is False
        assert let_in["registration"]["state"] == "attended"
        since = let_in["registration"]["attended_at"]
    with clock.set_to(first.starts_at + timedelta(minutes=9)):
        again = await call("POST", path, "Lena", json={"code": own["code"]})
        assert (again["was_there"], again["registration"]["attended_at"]) == (True, since)
        step = f"/registrations/{own['id']}"
        for _ in range(2):
            undone = await call("POST", f"{step}/undo_check_in", "Lena")
            assert (undone["state"], undone["attended_at"]) == ("confirmed", None)
    with clock.set_to(first.ends_at + timedelta(hours=2)):  # noted from the signed list
        noted = await call("POST", f"{step}/check_in", "Lena")
        assert (noted["state"], noted["viewer_can"]) == ("attended", ["certify", "undo_check_in"])


async def test_only_who_keeps_the_event_lets_in_and_no_wrong_code_does(door, session):
    call, _, first, _, own, other = door
    path = f"/occurrences/{first.id}/check_ins"
    with clock.set_to(first.starts_at):
        for by, status in (("Nadine", 403), ("Fremde", 403), (None, 401)):
            await call("POST", path, by, status, json={"code": own["code"]})
        for step in ("check_in", "undo_check_in"):
            await call("POST", f"/registrations/{own['id']}/{step}", "Nadine", 403)
            await call("POST", f"/registrations/{own['id']}/{step}", "Fremde", 404)
        unknown = await call("POST", path, "Lena", 404, json={"code": "AAAA2222"})
        assert unknown["code"] == "check_in_code_unknown"
        elsewhere = await call("POST", path, "Lena", 409, json={"code": other["code"]})
        assert elsewhere["code"] == "check_in_other_date"
        for state in ("requested", "cancelled", "declined", "lapsed"):
            here = update(Registration).where(Registration.code == own["code"])
            await session.execute(here.values(state=state))
            await session.commit()
            refused = await call("POST", path, "Lena", 409, json={"code": own["code"]})
            assert refused["code"] == "check_in_not_coming", state


async def test_a_telephone_opens_the_qr_code_and_only_the_button_lets_in(door, client, session):
    _, cookies, first, _, own, _ = door
    ticket = (await client.get(f"/occurrences/{first.id}", headers=cookies["Nadine"])).text
    assert "<svg" in ticket
    assert own["code"] in ticket
    path = own["check_in_url"].removeprefix("http://testserver")
    assert path == f"/occurrences/{first.id}/check-in/{own['code']}"
    state = select(Registration.state).where(Registration.code == own["code"])
    assert (await client.get(path)).headers["location"].startswith("/sign-in?next=%2Foccurrences")
    assert (await client.get(path, headers=cookies["Nadine"])).status_code == 403
    lena = cookies["Lena"]
    assert "24 Stunden" in (await client.get(path, headers=lena)).text
    with clock.set_to(first.starts_at):
        page = (await client.get(path, headers=lena)).text
        assert "Nadine" in page
        assert await session.scalar(state) == "confirmed"
        door_page = path.rpartition("/")[0]
        for notice in ("event.checked_in", "event.was_there"):
            let_in = await client.post(door_page, data={"code": own["code"]}, headers=lena)
            assert let_in.headers["location"] == f"{path}?notice={notice}"
        assert "1 von 1 sind da" in (await client.get(door_page, headers=lena)).text
        wrong = await client.post(door_page, data={"code": "falsch"}, headers=lena)
        assert wrong.status_code == 404
        assert "gibt es hier keine Anmeldung" in wrong.text
        listed = (await client.get(f"/occurrences/{first.id}/registrations", headers=lena)).text
        assert "Doch nicht anwesend" in listed
        await client.post(f"/registrations/{own['id']}/undo-check-in", data={}, headers=lena)
        assert await session.scalar(state) == "confirmed"
        await client.post(f"/registrations/{own['id']}/check-in", data={}, headers=lena)
        assert await session.scalar(state) == "attended"


async def test_the_list_to_be_signed_shows_who_comes_by_time_and_name(door, client):
    _, cookies, first, _, _, _ = door
    path = f"/occurrences/{first.id}/attendance"
    page = (await client.get(path, headers=cookies["Lena"])).text
    assert "Unterschrift" in page
    assert page.index("Nadine") < page.index('class="free-line"')
    for suffix in ("", ".csv"):
        assert (await client.get(path + suffix, headers=cookies["Nadine"])).status_code == 403
        assert (await client.get(path + suffix)).status_code == 303


async def test_the_list_as_csv_holds_no_formula_t57(session, client):
    """T57: what a spreadsheet would calculate begins with an apostrophe, in every column."""
    lena = await a_person(session, "Lena")
    keeps = await bearer(session, lena)
    details = {"participation": "registration", "slot_minutes": None, "repetition": "once"}
    [date] = await an_event(session, lena, **details)
    for number, text in enumerate(FORMULAS, 1):
        session.add(
            Registration(
                occurrence_id=date.id, number=number, code=f"CODE{number}",
                guest_key=bytes([number]),
                guest_name=text, guest_company=text, guest_email="gast@firma.example",
                state=RegistrationState.CONFIRMED, registered_at=clock.now(),
                answers={"Was führt Sie her?": text, "=Zahl": text},
            )
        )  # fmt: skip
    await session.commit()
    answer = await client.get(f"/api/v1/occurrences/{date.id}/attendance.csv", headers=keeps)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff")
    header, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert header[-2:] == ["Was führt Sie her?", "'=Zahl"]
    assert [line[1] for line in lines] == [f"'{text}" for text in FORMULAS]
    for line in lines:
        assert line[1] == line[3] == line[-1] == line[-2]
        assert line[6] == "angemeldet"
    assert not [cell for line in (header, *lines) for cell in line if cell[:1] in "=+-@＝" and cell]
