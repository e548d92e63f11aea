"""What stops those who try passwords and addresses, and not those who own them."""

from sqlalchemy import func, select

from app.models.accounts import SignUp
from tests.makers import PASSWORD, a_person, an_account, bearer

API = "/api/v1/accounts"
OURS = {"sec-fetch-site": "same-origin"}


async def test_guessing_is_stopped_but_a_known_browser_still_enters_t09(
    session, clients, configure, work, outbox
):
    configure(RATE_LIMITS="true")
    account = await an_account(session)
    right = {"email": account.email, "password": PASSWORD}
    home = clients("198.51.100.200")
    assert (await home.post("/sign-in", data=right, headers=OURS)).status_code == 303
    home.cookies.delete("sid")
    for number in range(20):
        answer = await clients(f"198.51.100.{number}").post(
            f"{API}/sessions", json=right | {"password": "falsch"}
        )
        assert answer.status_code == (401 if number < 19 else 429), number
    assert answer.json()["code"] == "sign_in_blocked"
    assert int(answer.headers["retry-after"]) > 0
    stranger = clients("198.51.100.100")
    assert (await stranger.post(f"{API}/sessions", json=right)).status_code == 429
    assert (await stranger.post("/sign-in", data=right, headers=OURS)).status_code == 429
    assert (await home.post("/sign-in", data=right, headers=OURS)).status_code == 303
    await work()
    assert [recipient for recipient, _ in outbox.outbox] == [account.email]
    assert outbox.outbox[0][1]["subject"].startswith("Viele Anmeldeversuche")


async def test_an_unknown_address_is_blocked_alike_t01(session, clients, configure):
    configure(RATE_LIMITS="true")
    account = await an_account(session)
    answers = []
    for email in (account.email, "nobody@kontor.example"):
        for number in range(21):
            answer = await clients(f"198.51.100.{number}").post(
                f"{API}/sessions", json={"email": email, "password": "falsch"}
            )
        answers.append(answer)
    bodies = [answer.json() for answer in answers]
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1]
    assert [answer.status_code for answer in answers] == [429, 429]


async def test_one_address_gets_three_mails_a_day_t10(session, clients, configure):
    configure(RATE_LIMITS="true")
    await session.commit()
    draft = {
        "name": "Kim Jaspert",
        "email": "kim@feinwerk.example",
        "is_old_enough": True,
        "accepts_terms": True,
    }
    statuses = [
        (await clients(f"198.51.100.{n}").post(f"{API}/sign-ups", json=draft)).status_code
        for n in range(5)
    ]
    assert statuses == [202, 202, 202, 429, 429]
    assert await session.scalar(select(func.count()).select_from(SignUp)) == 3
    answer = await clients("198.51.100.9").post(
        f"{API}/password-resets", json={"email": "KIM@feinwerk.example"}
    )
    assert answer.status_code == 429


async def test_one_sender_causes_twenty_mails_an_hour_t10(session, clients, configure):
    configure(RATE_LIMITS="true")
    await session.commit()
    client = clients("198.51.100.7")
    statuses = [
        (await client.post(f"{API}/password-resets", json={"email": f"p{n}@kontor.example"}))
        for n in range(21)
    ]
    assert [answer.status_code for answer in statuses] == [202] * 20 + [429]


async def test_forged_headers_and_neighbouring_addresses_count_as_one_t11(
    session, clients, configure
):
    configure(RATE_LIMITS="true")
    await session.commit()
    statuses = []
    for number in range(31):
        forged = {
            "x-forwarded-for": f"203.0.113.{number}",
            "forwarded": f"for=203.0.113.{number}",
            "x-real-ip": f"203.0.113.{number}",
        }
        client = clients(f"2001:db8:7:7::{number:x}")
        draft = {"email": f"p{number}@kontor.example", "password": "falsch"}
        answer = await client.post(f"{API}/sessions", json=draft, headers=forged)
        statuses.append(answer.status_code)
    assert statuses == [401] * 30 + [429]
    elsewhere = await clients("2001:db8:7:8::1").post(f"{API}/sessions", json=draft)
    assert elsewhere.status_code == 401


async def test_answers_say_what_remains(session, clients, configure):
    configure(RATE_LIMITS="true")
    headers = await bearer(session, await a_person(session))
    await session.commit()
    client = clients()
    first = await client.get(f"{API}/sessions", headers=headers)
    second = await client.get(f"{API}/sessions", headers=headers)
    assert first.headers["ratelimit-policy"] == '"read";q=600;w=60'
    assert first.headers["ratelimit"].startswith('"read";r=599;')
    assert second.headers["ratelimit"].startswith('"read";r=598;')


async def test_a_proxy_of_ours_is_believed_about_its_own_neighbour_only_t11(
    session, clients, configure
):
    configure(RATE_LIMITS="true", TRUSTED_PROXIES='["198.51.100.0/28"]')
    await session.commit()
    draft = {"email": "nobody@kontor.example", "password": "falsch"}
    proxy = clients("198.51.100.1")
    statuses = []
    for number in range(31):
        told = {"x-forwarded-for": f"192.0.2.{number}, 203.0.113.9, 198.51.100.2"}
        draft["email"] = f"p{number}@kontor.example"
        answer = await proxy.post(f"{API}/sessions", json=draft, headers=told)
        statuses.append(answer.status_code)
    assert statuses == [401] * 30 + [429]
    told = {"x-forwarded-for": "203.0.113.10"}
    answer = await proxy.post(f"{API}/sessions", json=draft, headers=told)
    assert answer.status_code == 401
