"""HTML forms made from drafts: the same pydantic model reads JSON and a posted form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData, UploadFile

from app.core.asking import Asked, Widget, label_of
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_, Locale, translate
from app.core.ids import new_id
from app.edge.refusals import field_errors

D = TypeVar("D", bound=BaseModel)
PLUMBING = frozenset({"form_id", "version"})  # what every form carries besides its fields
_WIDGETS = {int: "number", float: "number", date: "date", datetime: "datetime-local", time: "time"}
_MANY: frozenset[Widget] = frozenset({"checkboxes", "tags", "lines"})
# What forms may weigh (`max_body_size` of their routes). A form writes a character in up to twelve
# bytes, so 64 KiB hold a text of 5,000 characters in any script.
FORM_BYTES = 64 * 1024
PROSE_FORM_BYTES = 256 * 1024
FILES_FORM_BYTES = 25 * 1024 * 1024


@dataclass(slots=True)
class Option:
    """One choice of a field, or one suggestion for a text."""

    value: str
    label: str
    selected: bool


@dataclass(slots=True)
class FileRow:
    """A place for one file and its description."""

    alt: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FormField:
    """One field, ready to be drawn."""

    name: str
    label: str
    hint: str
    widget: Widget
    value: Any
    required: bool
    options: list[Option] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    maxlength: int | None = None
    minlength: int | None = None
    min: float | int | None = None
    max: float | int | None = None
    step: str | None = None
    autocomplete: str = ""
    inputmode: str = ""
    rows: int = 6
    group: str = ""
    accept: str = ""
    is_folded: bool = False
    untouched: Any = ""
    files: list[FileRow] = field(default_factory=list)

    @property
    def is_touched(self) -> bool:
        """Whether there is something in the field that its reader should see."""
        return bool(self.errors) or self.value not in ("", None, [], False, self.untouched)

    @property
    def id(self) -> str:
        """The HTML id of the control."""
        return f"f-{self.name.replace('.', '-')}"

    def is_meant(self, path: str) -> bool:
        """Whether an error at ``path`` is about this field, or about one of its files."""
        return path == self.name or (bool(self.files) and path.startswith(f"{self.name}."))


@dataclass(slots=True)
class Form:
    """A form, ready to be drawn: its fields, and what is wrong with them."""

    fields: list[FormField]
    version: int | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    form_id: str = field(default_factory=lambda: str(new_id()))

    def __getitem__(self, name: str) -> FormField:
        """Return the field called ``name``."""
        return next(field for field in self.fields if field.name == name)

    def refuse(self, errors: Sequence[FieldError], locale: Locale) -> None:
        """Write errors to the fields they are about, and to the summary."""
        for error in errors:
            text = translate(error.text, locale, **error.params)
            if error.is_confirmable:
                self._offer_to_confirm(error.code, text)
            path = ".".join(str(part) for part in error.path if not isinstance(part, int))
            about = next((known for known in self.fields if known.is_meant(path)), None)
            row = next((part for part in error.path if isinstance(part, int)), None)
            if about and row is not None and row < len(about.files):
                about.files[row].errors.append(text)
            elif about:
                about.errors.append(text)
            self.errors.append({"field": about.name if about else None, "text": text})

    def _offer_to_confirm(self, code: str, text: str) -> None:
        """Let a warning be confirmed where the draft has a field ``confirmed``."""
        field = next((known for known in self.fields if known.name == "confirmed"), None)
        if field and code not in {option.value for option in field.options}:
            field.options.append(Option(code, text, selected=code in field.value))


def form_for(
    draft: type[BaseModel],
    values: Mapping[str, Any] | BaseModel | None = None,
    *,
    locale: Locale,
    version: int | None = None,
    nothing: str = N_("keine Angabe"),
) -> Form:
    """Return a form that asks for ``draft``, filled with ``values``.

    ``nothing`` is what the empty choice of an optional field is called, unless the field says.
    """
    given = values.model_dump() if isinstance(values, BaseModel) else dict(values or {})
    return Form(list(_fields(draft, given, locale, nothing)), version=version)


def read_form(draft: type[D], posted: FormData) -> D:
    """Read a posted form into ``draft``; raise Invalid with every error by field.

    Field names of nested drafts are joined by dots (``details.places``).
    """
    values, unknown = _values(draft, posted), _unknown(draft, posted)
    if unknown:
        text = N_("Dieses Feld ist hier unbekannt.")
        raise Invalid(FieldError((), "extra_forbidden", text))
    try:
        return draft.model_validate(values)
    except ValidationError as error:
        raise Invalid(*field_errors(error.errors())) from None


def posted_values(draft: type[BaseModel], posted: FormData) -> dict[str, Any]:
    """Return what was posted, to fill the form again; passwords are not kept."""
    return _values(draft, posted, drop_passwords=True)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What a draft says of a field of its form, whoever fills it."""

    name: str
    info: FieldInfo
    kind: Any
    asked: Asked
    widget: Widget
    limits: list[Any]


@cache
def _leaves(draft: type[BaseModel], prefix: str = "") -> tuple[_Leaf, ...]:
    found: list[_Leaf] = []
    for name, info in draft.model_fields.items():
        kind = _core(info.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += _leaves(kind, f"{prefix}{name}.")
        else:
            whole = f"{prefix}{name}"
            asked = _asked(info, whole)
            found.append(_Leaf(whole, info, kind, asked, _widget(asked, kind), _metadata(info)))
    return tuple(found)


def _core(annotation: Any) -> Any:
    """Strip ``Annotated`` and ``| None`` from an annotation."""
    if hasattr(annotation, "__metadata__"):
        return _core(annotation.__origin__)
    if get_origin(annotation) in {Union, UnionType}:
        rest = [part for part in get_args(annotation) if part is not NoneType]
        return _core(rest[0]) if len(rest) == 1 else annotation
    return annotation


def _metadata(info: FieldInfo) -> list[Any]:
    found = list(info.metadata)
    for part in (info.annotation, *get_args(info.annotation)):
        found += list(getattr(part, "__metadata__", ()))
    return found


def _asked(info: FieldInfo, name: str) -> Asked:
    return next((one for one in _metadata(info) if isinstance(one, Asked)), Asked(name))


def _widget(asked: Asked, kind: Any) -> Widget:
    if asked.widget:
        return asked.widget
    if kind is bool:
        return "checkbox"
    if get_origin(kind) in {list, tuple}:
        return "checkboxes" if asked.choices or _enum(_core(get_args(kind)[0])) else "lines"
    if asked.choices or _enum(kind) or get_origin(kind) is Literal:
        return "select"
    return cast(Widget, _WIDGETS.get(kind, "text"))


def _enum(kind: Any) -> type[StrEnum] | None:
    return kind if isinstance(kind, type) and issubclass(kind, StrEnum) else None


def _fields(
    draft: type[BaseModel], given: dict[str, Any], locale: Locale, nothing: str
) -> Iterator[FormField]:
    for leaf in _leaves(draft):
        info, asked, widget, limits = leaf.info, leaf.asked, leaf.widget, leaf.limits
        dug = _dig(given, leaf.name, info)
        value = [] if widget == "files" else _shown(_rows(dug, leaf.kind), widget)
        yield FormField(
            name=leaf.name,
            label=translate(asked.label, locale),
            hint=translate(asked.hint, locale),
            widget=widget,
            value=value,
            required=(info.is_required() or asked.needed) and widget != "checkbox",
            options=_options(
                asked,
                leaf.kind,
                value,
                locale,
                nothing=nothing,
                optional=not info.is_required() and _dig({}, leaf.name, info) is None,
            ),
            maxlength=_limit(limits, "max_length") if widget not in _MANY else None,
            minlength=_limit(limits, "min_length") if widget not in _MANY else None,
            min=_limit(limits, "ge", "gt"),
            max=_limit(limits, "le", "lt"),
            step="any" if leaf.kind is float else None,
            inputmode={"number": "numeric", "tel": "tel", "email": "email"}.get(widget, ""),
            autocomplete=asked.autocomplete,
            rows=asked.rows,
            group=translate(asked.group, locale),
            accept=asked.accept,
            is_folded=asked.folded,
            untouched=_shown(_dig({}, leaf.name, info), widget),
            files=_file_rows(dug, _limit(limits, "max_length")) if widget == "files" else [],
        )


def _file_rows(given: Any, most: int | None) -> list[FileRow]:
    """Return a row for each file there may be; what was chosen must be chosen again."""
    alts = [str(one.get("alt", "")) for one in given or [] if isinstance(one, dict)]
    return [FileRow(alt) for alt in [*alts, *([""] * ((most or 1) - len(alts)))]]


def _limit(metadata: list[Any], *names: str) -> Any:
    for one in metadata:
        if isinstance(one, Ge | Gt | Le | Lt | MaxLen | MinLen) or hasattr(one, "max_length"):
            for name in names:
                if (found := getattr(one, name, None)) is not None:
                    return found
    return None


def _dig(given: dict[str, Any], name: str, info: FieldInfo) -> Any:
    here: Any = given
    for part in name.split("."):
        if not isinstance(here, dict) or part not in here:
            return None if info.is_required() else info.get_default(call_default_factory=True)
        here = here[part]
    return here


def _rows(value: Any, kind: Any) -> Any:
    """Return the rows of a list as the lines they are written as; what was typed stays."""
    row = _core(get_args(kind)[0]) if get_origin(kind) is list else None
    if not (isinstance(row, type) and issubclass(row, BaseModel)) or not value:
        return value
    return [row.model_validate(one) if isinstance(one, dict) else one for one in value]


def _shown(value: Any, widget: Widget) -> Any:
    if widget in _MANY:
        return [str(one) for one in value or []]
    if isinstance(value, bool):
        return value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | time):
        return value.isoformat(timespec="minutes")
    return "" if value is None else str(value)


def _options(
    asked: Asked,
    kind: Any,
    value: Any,
    locale: Locale,
    *,
    nothing: str,
    optional: bool,
) -> list[Option]:
    if asked.choices and asked.widget == "text":
        return [Option(val, text, selected=False) for val, text in asked.choices(locale)]
    if asked.choices:
        pairs = list(asked.choices(locale))
    elif members := _enum(kind) or (get_args(kind) and _enum(_core(get_args(kind)[0]))):
        pairs = [(one.value, translate(label_of(one), locale)) for one in members]
    elif get_origin(kind) is Literal:
        pairs = [(str(one), str(one)) for one in get_args(kind)]
    else:
        return []
    chosen = set(value) if isinstance(value, list) else {value}
    if asked.further and value and value not in {pair[0] for pair in pairs}:
        named = asked.further(str(value), locale)
        pairs = [*pairs, (str(value), named)] if named else pairs
    if optional and not isinstance(value, list) and "" not in {pair[0] for pair in pairs}:
        pairs = [("", translate(asked.nothing or nothing, locale)), *pairs]
    elif value == "" and asked.widget != "radios":
        pairs = [("", translate(N_("Bitte wählen"), locale)), *pairs]
    return [Option(val, text, selected=val in chosen) for val, text in pairs]


def _unknown(draft: type[BaseModel], posted: FormData) -> set[str]:
    known = set(PLUMBING)
    for leaf in _leaves(draft):
        if leaf.widget == "files":
            for row in range(_limit(leaf.limits, "max_length") or 1):
                known |= {f"{leaf.name}.{row}", f"{leaf.name}.{row}.alt"}
        else:
            known.add(leaf.name)
    return {name for name, _ in posted.multi_items() if name not in known}


def _values(
    draft: type[BaseModel], posted: FormData, *, drop_passwords: bool = False
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for leaf in _leaves(draft):
        if drop_passwords and leaf.widget == "password":
            continue
        if leaf.widget == "files":
            value = _posted_files(posted, leaf.name, _limit(leaf.limits, "max_length") or 1)
        else:
            value = _posted(posted, leaf.name, leaf.widget, leaf.kind)
        if value is not None:
            here = values
            *path, last = leaf.name.split(".")
            for part in path:
                here = here.setdefault(part, {})
            here[last] = value
    return values


def _posted_files(posted: FormData, name: str, most: int) -> list[dict[str, Any]] | None:
    """Return the files that were chosen, each with its description; None if there are none."""
    found = []
    for row in range(most):
        file, alt = posted.get(f"{name}.{row}"), posted.get(f"{name}.{row}.alt", "")
        if isinstance(file, UploadFile) and (file.filename or file.size):
            file.file.seek(0)
            content = file.file.read()
            found.append({"content": content, "file_name": file.filename or "", "alt": alt})
    return found or None


def _posted(posted: FormData, name: str, widget: Widget, kind: Any) -> Any:  # noqa: PLR0911 - one a widget
    texts = [value for value in posted.getlist(name) if isinstance(value, str)]
    if len(texts) > 1 and widget not in _MANY:
        raise Invalid.one(name, "repeated", N_("Dieses Feld wurde mehrfach gesendet."))
    match widget:
        case "checkbox":
            return bool(texts and texts[0] not in {"", "false", "0"})
        case "checkboxes":
            return [text for text in texts if text]
        case "lines":
            return [line.strip() for text in texts for line in text.splitlines() if line.strip()]
        case "tags":
            return [tag.strip() for text in texts for tag in text.split(",") if tag.strip()]
    text = texts[0] if texts else ""
    if not text.strip():
        return None
    if widget == "number" and kind in {int, float}:
        return text.strip().replace(",", ".")
    return text if kind is not UUID else text.strip()
