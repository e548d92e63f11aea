"""What somebody fills in to ask about a post: one draft for all kinds, and one for each."""

from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, create_model

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.text import Prose
from app.features.messages.threads import MAX_TEXT, MessageDraft
from app.features.posts.drafts import KINDS
from app.features.posts.inquiry_forms import InquiryFields
from app.models.inquiries import InquiryState


class InquiryDraft(MessageDraft):
    """Who asks, what for, and what the kind of the post wants to know."""

    fields: SerializeAsAny[InquiryFields] | None = None
    company_id: Annotated[
        UUID | None,
        Field(description="The company that asks, through you."),
        Asked(N_("Anfragen als"), widget="select"),
    ] = None
    offered_post_id: Annotated[
        UUID | None,
        Field(description="A post of yours that you put forward, such as your freight."),
        Asked(N_("Ihr Beitrag dazu"), widget="select"),
    ] = None


class StateDraft(BaseModel):
    """To which state an inquiry is to come, and what is said about it."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[InquiryState, Asked(N_("Stand"), widget="hidden")]
    text: Annotated[
        str,
        Prose(MAX_TEXT, 0),
        Field(description="Is sent as a message."),
        Asked(N_("Nachricht dazu"), widget="markdown", rows=8),
    ] = ""


def _any_fields() -> Any:
    """Return the type of the fields of all kinds together; ``kind`` tells them apart."""
    forms = (kind.inquiry_form for kind in KINDS.values())
    models = dict.fromkeys(form.fields for form in forms if form and form.fields)
    union = reduce(or_, models)
    return Annotated[union, Field(discriminator="kind")] if len(models) > 1 else union


@cache
def inquiry_draft_of(key: str) -> type[InquiryDraft]:
    """Return the draft for posts of one kind, for its form: with its questions, or without."""
    form = KINDS[key].inquiry_form
    fields: dict[str, Any] = {}
    if form and form.fields:
        fields["fields"] = (form.fields, ...)
    else:
        fields["fields"] = (Annotated[None, Asked(N_("Angaben"), widget="hidden")], None)
    if not (form and form.offers):
        hidden = Annotated[None, Asked(N_("Ihr Beitrag dazu"), widget="hidden")]
        fields["offered_post_id"] = (hidden, None)
    made: Any = create_model(
        f"{KINDS[key].details.__name__}Inquiry", __base__=InquiryDraft, **fields
    )
    return cast(type[InquiryDraft], made)


if TYPE_CHECKING:
    AnyInquiryDraft = InquiryDraft
else:
    AnyInquiryDraft = create_model(
        "InquiryDraft", __base__=InquiryDraft, fields=(_any_fields() | None, None)
    )
