"""What several drafts are made from: changing a part of a thing, narrowing a list down."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticUndefined
from typing_extensions import override

D = TypeVar("D", bound=BaseModel)


class Partial(BaseModel):
    """Mixin: ``class CompanyChanges(Partial, CompanyDraft)`` requires no field.

    What was given is in ``model_fields_set``; the other fields are None and mean nothing.
    """

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        for info in cls.model_fields.values():
            info.default = PydanticUndefined  # FastAPI takes one of the two, not both
            info.default_factory = lambda: None
        cls.model_rebuild(force=True)


def changes_of(draft: BaseModel) -> dict[str, Any]:
    """Return the values that a draft gives: all of them, or those given of a partial one."""
    names = draft.model_fields_set if isinstance(draft, Partial) else type(draft).model_fields
    return {name: getattr(draft, name) for name in type(draft).model_fields if name in names}


class Narrowing(BaseModel):
    """Base of what a list can be narrowed by; an empty filter, as forms send it, is none."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_none(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value not in ("", [""], b"")}
