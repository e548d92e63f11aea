"""The rules of the house, as functions from source to offences.

Tests feed them our code, which must not offend, and bad samples, which must.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

FORBIDDEN_NAMES = frozenset(
    {"utils", "helpers", "common", "service", "services", "manager", "crud"}
)
MAX_LINES, MAX_FUNCTION, MIN_LINES = 400, 50, 15
Function = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(maxsize=2_000)
def parsed(source: str) -> ast.Module:
    """Return the tree of a module, which every rule looks at and none changes."""
    return ast.parse(source)


@lru_cache(maxsize=2_000)
def _nodes(tree: ast.AST) -> list[ast.AST]:
    return list(ast.walk(tree))


def functions(tree: ast.AST) -> Iterator[Function]:
    for node in _nodes(tree):
        if isinstance(node, Function):
            yield node


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call, with the last name of what is called."""
    for node in _nodes(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                yield node, called.attr
            elif isinstance(called, ast.Name):
                yield node, called.id


def commits(source: str) -> list[str]:
    """Calls that end a transaction, or begin one."""
    return [
        f"line {call.lineno}: {name}"
        for call, name in calls(parsed(source))
        if name in {"commit", "begin"} and isinstance(call.func, ast.Attribute)
    ]


def bad_name(path: str) -> bool:
    """A module called after a kind of code, not after what it is about."""
    return any(part in FORBIDDEN_NAMES for part in re.split(r"[/.]", path))


def sizes(path: str, source: str) -> list[str]:
    """A module or a function that is too long, or a module that is too short to be one."""
    lines = source.count("\n")
    found = []
    if lines >= MAX_LINES:
        found.append(f"{lines} lines")
    if lines < MIN_LINES and not path.endswith("__init__.py"):
        found.append(f"only {lines} lines")
    for function in functions(parsed(source)):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        length = (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
        if length >= MAX_FUNCTION:
            found.append(f"{function.name} has {length} lines")
    return found


def undocumented(source: str) -> list[str]:
    """A module without a docstring."""
    return [] if ast.get_docstring(parsed(source)) else ["no docstring"]


def _is_composed(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return True
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return node.func.attr in {"format", "join", "replace"} and not _is_psycopg(node.func.value)


def _is_psycopg(node: ast.expr) -> bool:
    """Whether this is `sql.SQL("…")`, whose own `format` quotes what it is given."""
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Attribute) and node.func.attr == "SQL"
    )


def composed_sql(source: str) -> list[str]:
    """SQL that is put together from text: what comes from outside could become part of it."""
    return [
        f"line {call.lineno}: {name}"
        for call, name in calls(parsed(source))
        if name in {"text", "execute", "exec_driver_sql", "literal_column", "SQL"}
        and call.args
        and _is_composed(call.args[0])
    ]


def format_calls(source: str) -> list[str]:
    """`str.format`: a name that holds a format string would be obeyed (T55)."""
    return [
        f"line {call.lineno}"
        for call, name in calls(parsed(source))
        if name in {"format", "format_map"}
        and isinstance(call.func, ast.Attribute)
        and not _is_psycopg(call.func.value)
    ]


def markup(source: str) -> list[str]:
    """Text that is declared to be safe HTML."""
    return [f"line {call.lineno}" for call, name in calls(parsed(source)) if name == "Markup"]


def wall_clocks(source: str) -> list[str]:
    """A look at another clock than core/clock.py."""
    return [
        f"line {call.lineno}: {name}"
        for call, name in calls(parsed(source))
        if name in {"utcnow", "today", "now"}
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"datetime", "date"}
    ]


def unsafe_template(text: str) -> list[str]:
    """What a template must not hold: trusted text, inline styles, scripts and handlers."""
    patterns = {
        "trusted": r"\|\s*safe\b|\{%-?\s*autoescape",
        "style": r"<style|\sstyle\s*=",
        "script": r"<script(?![^>]*\ssrc=)(?![^>]*application/ld\+json)",
        "handler": r"<[^>{]*\son[a-z]+\s*=",
        "script address": r"javascript:",
    }
    return [name for name, pattern in patterns.items() if re.search(pattern, text, re.IGNORECASE)]


OURS = re.compile(r"https?://(?:www\.w3\.org/|schema\.org|[\w.-]*\bexample\b|\{\{)")


def foreign_hosts(text: str) -> list[str]:
    """Addresses of other hosts, from which something might be loaded."""
    found = re.findall(
        r"(?:https?:)?//[\w{-][\w.{} -]*[.}][\w.{}/-]*",
        re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL),
    )
    return [one for one in found if not OURS.match(one)]


_CLIENTS = frozenset(
    {"aiohttp", "http.client", "httpcore", "httpx", "requests", "urllib.request", "urllib3"}
)


def ways_out(source: str) -> list[str]:
    """What opens connections to other servers."""
    tree = parsed(source)
    imported = [
        f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        for node in _nodes(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    return [
        *(name for name in imported if any(f"{name}.".startswith(f"{one}.") for one in _CLIENTS)),
        *(name for _, name in calls(tree) if name in {"open_connection", "create_connection"}),
    ]


def mails_without_key(source: str) -> list[str]:
    """Mails that a handler of events sends again each time it runs.

    A key keeps it from that, and so does a row that it locks and finds changed the second time.
    """
    found = []
    for function in functions(parsed(source)):
        reacts = any(
            isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "on"
            for mark in function.decorator_list
        )
        locks = "with_for_update" in ast.unparse(function)
        if reacts and not locks:
            found += [
                f"{function.name}, line {call.lineno}"
                for call, name in calls(function)
                if name == "send_mail" and "dedup_key" not in {key.arg for key in call.keywords}
            ]
    return found


def references(source: str) -> set[str]:
    """Names that are used, but for imports, definitions and subscriptions."""
    tree = parsed(source)
    subscribed = {
        id(argument) for call, name in calls(tree) if name == "on" for argument in call.args
    }
    annotations = {
        id(node)
        for function in functions(tree)
        for argument in [*function.args.args, *function.args.kwonlyargs]
        if argument.annotation
        for node in ast.walk(argument.annotation)
    }
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in _nodes(tree)
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in subscribed | annotations
    }
