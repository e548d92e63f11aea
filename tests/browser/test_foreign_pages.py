"""A page of another origin, in a real browser: what it may ask the API, and what not."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FIRM, PASSWORD, sign_in, visitor

ASKING = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return [answer.status, answer.headers.get("location")];
    } catch (error) { return ["refused", null]; }
}"""
JSON = {"Content-Type": "application/json"}


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of an empty page of another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_foreign_page_frames_a_list_and_nothing_else(browser, site, elsewhere):
    page = visitor(browser, site, width=360)
    page.goto(elsewhere)
    frames = "".join(
        f'<iframe name="{name}" src="{site.address}{path}" width="320" height="300"></iframe>'
        for name, path in (("list", "/embed/posts"), ("closed", "/posts"))
    )
    page.set_content(f"<h1>Stadt</h1>{frames}")
    listed = page.frame("list")
    title = listed.locator(".entry-title a").first
    expect(title).to_be_visible()
    assert listed.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.frame("closed").locator("main").count() == 0
    assert page.context.cookies() == []
    address = title.get_attribute("href")
    title.click()
    page.wait_for_url(f"{site.address}{address}")


def test_a_foreign_page_reads_and_writes_with_a_token_only(browser, site, elsewhere):
    credentials = {"email": FIRM, "password": PASSWORD}
    api = f"{site.address}/api/v1"
    secret = httpx.post(f"{api}/accounts/sessions", json=credentials).json()["secret"]
    token = {"Authorization": f"Bearer {secret}"}
    page = visitor(browser, site, scripts=True)
    sign_in(page, FIRM)
    page.goto(elsewhere)

    def ask(path: str, **options: object) -> list[object]:
        return page.evaluate(ASKING, [f"{api}{path}", options])

    assert ask("/groups")[0] == 200
    assert ask("/me/account", headers=token)[0] == 200
    assert ask("/me/account", credentials="include")[0] == "refused"
    new = {"method": "POST", "body": '{"name": "Von anderswo"}'}
    status, location = ask("/groups", headers=JSON | token, **new)
    assert status == 201
    assert str(location).startswith("/api/v1/groups/")
    assert ask("/groups", headers=JSON, **new)[0] == 403
    assert ask("/groups", headers=JSON, credentials="include", **new)[0] == "refused"
    form = {"method": "POST", "credentials": "include", "mode": "no-cors", "body": "name=x"}
    page.evaluate(ASKING, [f"{site.address}/groups/new", form])
    names = [one["name"] for one in httpx.get(f"{api}/groups").json()["items"]]
    assert names.count("Von anderswo") == 1
    assert "x" not in names
