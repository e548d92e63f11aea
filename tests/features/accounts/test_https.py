"""Cookies over https."""

from app.main import create_app
from tests.makers import PASSWORD, an_account

OURS = {"sec-fetch-site": "same-origin"}


async def test_over_https_the_browser_itself_guards_the_cookie(session, clients, configure):
    configure(BASE_URL="https://kontor.example")
    account = await an_account(session)
    client = clients(app=create_app())
    draft = {"email": account.email, "password": PASSWORD}
    answer = await client.post("/sign-in", data=draft, headers=OURS)
    assert answer.status_code == 303, answer.text
    cookies = {one.split("=")[0]: one for one in answer.headers.get_list("set-cookie")}
    assert cookies.keys() == {"__Host-sid", "__Host-device"}
    for cookie in cookies.values():
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
        assert not any(part.startswith("domain") for part in parts)
    assert answer.headers["strict-transport-security"]
    page = await client.get("/settings")
    assert page.status_code == 200
    left = await client.post("/sign-out", headers=OURS)
    assert '__Host-sid=""' in left.headers["set-cookie"]
