"""Rules that the source itself can show; each is also tried on a sample that breaks it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.architecture import rules

ROOT = Path(__file__).parents[2]
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "app").rglob("*.py"))
}
TEMPLATES = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in sorted((ROOT / "app/web/templates").rglob("*"))
    if path.is_file()
}
STATIC = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in sorted((ROOT / "app/web/static").rglob("*"))
    if path.suffix in {".css", ".js", ".svg"}
}
LONG = "\n".join(["def long():", *["    x = 1"] * 50]) + "\n"


def offences(
    rule: Callable[[str], list[str]], files: dict[str, str], *but: str
) -> dict[str, list[str]]:
    return {
        path: found
        for path, text in files.items()
        if not any(path.startswith(allowed) for allowed in but) and (found := rule(text))
    }


def test_only_core_db_commits():
    assert list(offences(rules.commits, SOURCES)) == ["app/core/db.py"]
    assert rules.commits("await session.commit()")
    assert rules.commits("async with engine.begin() as c: ...")
    assert not rules.commits("commit = 1\nbegin(3)")


def test_modules_are_called_after_what_they_are_about():
    assert not [path for path in SOURCES if rules.bad_name(path)]
    assert rules.bad_name("app/core/utils.py")
    assert rules.bad_name("app/features/service/joining.py")
    assert not rules.bad_name("app/features/groups/membership.py")


def test_modules_and_functions_stay_small():
    found = {path: rules.sizes(path, source) for path, source in SOURCES.items()}
    assert not {path: wrong for path, wrong in found.items() if wrong}


def test_the_rule_on_sizes_can_fail():
    assert rules.sizes("a.py", LONG) == ["long has 50 lines"]
    assert rules.sizes("a.py", "x = 1\n" * 400) == ["400 lines"]
    assert rules.sizes("a.py", "x = 1\n") == ["only 1 lines"]
    assert not rules.sizes("__init__.py", "")


def test_every_module_says_what_it_is_about():
    assert not offences(rules.undocumented, SOURCES)
    assert rules.undocumented("x = 1")


def test_sql_is_never_put_together_from_text_t54():
    assert not offences(rules.composed_sql, SOURCES)
    for bad in ('text(f"x {y}")', 'c.execute("x" + y)', 'text("x %s" % y)', 'text("".join(z))'):
        assert rules.composed_sql(bad), bad
    assert not rules.composed_sql('text("SELECT 1")\nsession.execute(select(x))')
    assert not rules.composed_sql('c.execute(sql.SQL("DROP {}").format(sql.Identifier(x)))')


def test_texts_are_never_filled_by_format_t55():
    assert not offences(rules.format_calls, SOURCES, "app/demo/")  # its texts are our own
    assert rules.format_calls('"{0}".format(name)')


def test_html_is_trusted_in_one_place_only():
    assert list(offences(rules.markup, SOURCES)) == ["app/web/environment.py"]
    assert rules.markup("Markup(name)")


def test_there_is_one_clock():
    assert not offences(rules.wall_clocks, SOURCES, "app/core/clock.py")
    assert rules.wall_clocks("datetime.now(UTC)")
    assert rules.wall_clocks("date.today()")


def test_templates_hold_no_styles_scripts_or_trusted_text():
    assert not offences(rules.unsafe_template, TEMPLATES)
    for bad in (
        "{{ name|safe }}",
        '<p style="color: red">',
        "<script>alert(1)</script>",
        '<button onclick="x()">',
        '<a href="javascript:x()">',
    ):
        assert rules.unsafe_template(bad), bad
    assert not rules.unsafe_template('<script src="/static/kontor.js" defer></script>')
    assert not rules.unsafe_template('<script type="application/ld+json">{{ data }}</script>')


def test_pages_load_nothing_from_elsewhere():
    assert not offences(rules.foreign_hosts, {**TEMPLATES, **STATIC})
    for bad in ('src="https://cdn.jsdelivr.net/x.js"', "url(//fonts.gstatic.com/a.woff2)"):
        assert rules.foreign_hosts(bad), bad
    assert not rules.foreign_hosts('xmlns="http://www.w3.org/2000/svg" href="/static/x.css"')


def test_there_is_one_way_out_to_other_servers_p12():
    own_server = "app/dev/supervisor.py"  # asks the process that it has started
    assert list(offences(rules.ways_out, SOURCES, own_server)) == ["app/core/outgoing.py"]
    for bad in (
        "import httpx",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client as c",
        "from requests.sessions import Session",
        "await asyncio.open_connection(host, 80)",
    ):
        assert rules.ways_out(bad), bad
    assert not rules.ways_out("from urllib.parse import quote\nfrom http import HTTPStatus")


def test_handlers_that_run_twice_mail_once():
    assert not offences(rules.mails_without_key, SOURCES)
    bad = "@on(Joined)\nasync def tell(session, event):\n    await send_mail(session, to)\n"
    assert rules.mails_without_key(bad)
    assert not rules.mails_without_key(bad.replace("to)", "to, dedup_key=str(event.id))"))


def test_imports_point_inward():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3_000:]
