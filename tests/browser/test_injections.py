"""T44: what people write never becomes script, style or a request, seen by a real Chromium."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import CHAMBER, FIRM, PASSWORD, Site, _arrange, sign_in, visitor
from tests.conftest import _copied
from tests.features.media.files import a_picture
from tests.injections import VECTORS
from tests.serving import serving

LINES = " ".join(VECTORS)
PROSE = "\n\n".join(VECTORS)
NAMES = [  # a name takes no angle brackets
    'Kupfer" onfocus=alert(1) autofocus x="',
    "Kupfer' onmouseover='alert(1)' style='color:red",
    "Kupfer {{7*7}} ${7*7} %(name)s",
    "Kupfer [x](javascript:alert(1))",
]
IMPOSSIBLE = """() => {
    const schemes = /^(https?|mailto|tel|webcal):/i, scheme = /^\\s*[a-z][a-z0-9+.-]*:/i;
    const wrong = [];
    for (const one of document.querySelectorAll("*")) {
        const name = one.localName;
        if (/^(iframe|object|embed|base|frame|svg:script|x:script|math|video|style)$/.test(name))
            wrong.push(name);
        if (name === "script" && one.type !== "application/ld+json"
            && !one.src.startsWith(location.origin + "/static/")) wrong.push(one.outerHTML);
        for (const {name: attribute, value} of one.attributes) {
            const leads = ["href", "src", "action", "xlink:href"].includes(attribute);
            if (/^(on|hx-|data-hx)|^(style|srcdoc|formaction|http-equiv)$/.test(attribute)
                || (leads && scheme.test(value) && !schemes.test(value)))
                wrong.push(`${name} ${attribute}=${value}`);
        }
    }
    return wrong;
}"""


@dataclass
class Watch:
    """What a page did that no text may make it do."""

    page: Page
    address: str
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("dialog", self._on_dialog)
        self.page.on("console", self._on_console)
        self.page.on("request", self._on_request)
        self.page.on("pageerror", lambda error: self.seen.append(f"error {error}"))

    def _on_dialog(self, dialog: Any) -> None:
        self.seen.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _on_console(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.seen.append(message.text)

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith((f"{self.address}/", "data:image/")):
            self.seen.append(f"request {request.url}")

    def found(self) -> list[str]:
        """Return what was seen since the last time, and what stands on the page."""
        seen, self.seen = self.seen, []
        return seen + self.page.evaluate(IMPOSSIBLE)


class Pen:
    """Writes through the API, as one person."""

    def __init__(self, client: httpx.Client, email: str) -> None:
        self.client = client
        credentials = {"email": email, "password": PASSWORD}
        secret = self.client.post("/accounts/sessions", json=credentials).json()["secret"]
        self.client.headers["Authorization"] = f"Bearer {secret}"

    def write(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, f"{path}: {answer.text}"
        return dict(answer.json())

    def upload(self, alt: str) -> str:
        picture = {"file": ("<img src=x onerror=alert(1)>.png", a_picture(60, 30, "PNG"))}
        answer = self.client.post("/media", files=picture, data={"alt": alt})
        assert answer.is_success, answer.text
        return str(answer.json()["id"])


def _write_company(pen: Pen, name: str, some: list[str]) -> list[str]:
    """Found a company that is nothing but attempts; return its pages."""
    site = {"street": VECTORS[1], "postcode": "45527", "town": VECTORS[0]}
    company = pen.write(
        "POST", "/companies", name=name, summary=" ".join(some)[:300], main_site=site,
        description=PROSE[:10_000], imprint=PROSE[:5_000], register_court=VECTORS[1],
        register_number=VECTORS[0], offers=[one[:80] for one in VECTORS[:20]],
        needs=[one[:80] for one in VECTORS[20:]],
        website='https://huegelland.example/"onmouseover=alert(1)',
    )  # fmt: skip
    where = f"/companies/{company['id']}"
    pen.write("POST", f"{where}/sites", **site, label=VECTORS[2])
    staff = pen.client.get(f"{where}/staff").json()["items"][0]["id"]
    pen.write("PATCH", f"{where}/staff/{staff}", function=some[0])
    return [f"/companies/{company['slug']}{end}" for end in ("", "/edit", "/staff", "/sites")]


def _write_group(pen: Pen, name: str, some: list[str], banned: str) -> list[str]:
    """Found a group, and ban somebody from it; return its pages."""
    group = pen.write(
        "POST", "/groups", name=name, summary=" ".join(some)[:200],
        description=PROSE[:5_000], charter=PROSE[:5_000],
    )  # fmt: skip
    ban = {"standing": "banned", "reason": PROSE[:1_000]}
    pen.write("PATCH", f"/groups/{group['id']}/members/{banned}", **ban)
    return [f"/groups/{group['slug']}{end}" for end in ("", "/edit", "/members")]


def _write_posts(pen: Pen, other: Pen) -> list[str]:
    """Publish a post for each text, with a picture and a reply; return their pages."""
    pages = []
    media = {vector: [pen.upload(vector)] for vector in VECTORS if '"' in vector}
    for number, vector in enumerate(VECTORS):
        post = pen.write(
            "POST", "/posts", title=f"{number} {vector}"[:120], details={"kind": "question"},
            body=f"{vector}\n\n> {vector}\n\n- {vector}", attachments=media.get(vector, []),
        )  # fmt: skip
        other.write("POST", f"/posts/{post['id']}/replies", body=vector)
        pen.write("PATCH", f"/posts/{post['id']}", title=f"Neu {number} {vector}"[:120])
        pages.append(f"/posts/{post['id']}")
    return pages


def _write_everywhere(
    nadine: Pen, lena: Pen, paths: SimpleNamespace
) -> tuple[list[str], list[str]]:
    """Put the texts wherever people write; return the pages for all, and those for the writer."""
    public = ["/", "/posts", "/groups", "/companies", "/people", "/contacts"]
    public.append(f"/people/{paths.person}")
    own = ["/me/profile", "/me/companies", "/settings/tokens", "/notifications", "/bookmarks"]
    for number, pen in enumerate((nadine, lena)):
        texts = {"headline": LINES[:160], "function": VECTORS[1], "about": PROSE[:5_000]}
        pen.write("PATCH", "/me", name=NAMES[number], **texts)
    banned = lena.client.get("/me").json()["id"]
    for number, name in enumerate(NAMES):
        some = VECTORS[number :: len(NAMES)]
        nadine.write("POST", "/accounts/tokens", label=some[1][:60], scopes=["people:read"])
        for page, *inner in (
            _write_company(nadine, name, some),
            _write_group(nadine, name, some, banned),
        ):
            public.append(page)
            own += inner
    posts = _write_posts(nadine, lena)
    own += [f"{post}/{end}" for post in posts[:4] for end in ("edit", "history")]
    return public + posts, own


@dataclass(frozen=True)
class Written:
    site: Site
    public: list[str]
    own: list[str]


@pytest.fixture(scope="module")
def written(
    postgres: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Written]:
    """A region of its own, in which every text is an attempt."""
    var_dir = tmp_path_factory.mktemp("injections")
    with _copied(postgres, f"kontor_{worker_id}_injections") as dsn:
        paths = asyncio.run(_arrange(dsn))
        with serving(dsn, var_dir) as address:
            api = f"{address}/api/v1"
            with httpx.Client(base_url=api, timeout=60) as one, httpx.Client(base_url=api) as other:
                pages = _write_everywhere(Pen(one, FIRM), Pen(other, CHAMBER), paths)
            yield Written(Site(address, var_dir / "mail", paths), *pages)


@pytest.fixture(scope="module")
def site(written: Written) -> Site:
    return written.site


def wrong_at(page: Page, site: Site, paths: list[str]) -> dict[str, list[str]]:
    """Open pages, and return what should not have happened there."""
    watch = Watch(page, site.address)
    wrong = {}
    for path in paths:
        answer = page.goto(path)
        assert answer.status in {200, 422}, (path, answer.status)
        if found := watch.found():
            wrong[path] = found
    return wrong


def test_the_watch_sees_what_it_is_there_to_see(browser, site):
    page = visitor(browser, site, scripts=True)
    watch = Watch(page, site.address)
    page.goto("/imprint")
    assert watch.found() == []
    for vector, sign in (
        ("<img src=x onerror=alert(1)>", "Content Security Policy"),
        ("<p style='color: red'>", "style"),
        ("<img src=https://evil.example/x.png>", "evil.example"),
        ("<a href=' javascript:alert(1)'>", "href"),
        ("<iframe></iframe>", "iframe"),
    ):
        page.evaluate("html => { document.querySelector('main').innerHTML = html; }", vector)
        page.wait_for_timeout(100)
        found = watch.found()
        assert any(sign in one for one in found), (vector, found)
    page.evaluate("alert(1)")
    assert "dialog 1" in watch.found()


def test_the_texts_stand_on_the_pages(written, site):
    with httpx.Client(base_url=site.address) as reader:
        pages = [reader.get(path).text for path in written.public]
    assert len([page for page in pages if "alert(1)" in page]) > 40
    assert len([page for page in pages if "/media/" in page]) > 5


def test_no_page_of_the_writer_does_what_a_text_says_t44(browser, written, site):
    page = visitor(browser, site, width=1280, scripts=True)
    sign_in(page, FIRM)
    assert wrong_at(page, site, written.own + written.public[::2]) == {}


def test_no_page_of_those_written_to_does_what_a_text_says_t44(browser, written, site):
    page = visitor(browser, site, width=1280, scripts=True)
    sign_in(page, CHAMBER)
    groups = [path for path in written.public if path.startswith("/groups/")]
    assert wrong_at(page, site, ["/", "/notifications", *groups]) == {}


def test_no_page_for_strangers_does_what_a_text_says_t44(browser, written, site):
    page = visitor(browser, site, width=1280, scripts=True)
    assert wrong_at(page, site, written.public[1::2]) == {}  # the writer was shown the others


def test_nothing_that_stands_in_an_address_is_done_t44(browser, site):
    page = visitor(browser, site, scripts=True)
    addresses = []
    for vector in VECTORS[::3]:
        text = str(httpx.QueryParams({"x": vector}))[2:]
        addresses += [f"/companies?q={text}", f"/posts?tag={text}", f"/groups?q={text}"]
        addresses += [f"/sign-in?next={text}", f"/people?q={text}&place={text}"]
    assert wrong_at(page, site, addresses) == {}


def test_a_refused_form_shows_what_was_entered_and_does_nothing_t44(browser, site):
    page = visitor(browser, site, scripts=True)
    watch = Watch(page, site.address)
    for vector in VECTORS[::3]:
        page.goto("/sign-up")
        page.locator("main form").evaluate("form => { form.noValidate = true; }")
        for label in ("Vor- und Nachname", "E-Mail-Adresse", "Unternehmen"):
            page.get_by_label(label).fill(vector)
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_load_state()
        assert page.get_by_label("Vor- und Nachname").input_value() == vector
        assert watch.found() == [], vector
