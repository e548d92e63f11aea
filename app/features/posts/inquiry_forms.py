"""How a kind is asked about: the button, the questions, the files, and what the states are called.

A kind says so in ``KIND.inquiry``. What lives and says nothing is asked about in the usual way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.core.asking import label
from app.core.i18n import N_
from app.models.inquiries import InquiryState

label(
    {
        InquiryState.SENT: N_("gesendet"),
        InquiryState.SEEN: N_("gelesen"),
        InquiryState.IN_TALKS: N_("im Gespräch"),
        InquiryState.ACCEPTED: N_("zugesagt"),
        InquiryState.DECLINED: N_("abgesagt"),
        InquiryState.CLOSED: N_("abgeschlossen"),
        InquiryState.WITHDRAWN: N_("Anfrage zurückgezogen"),
    }
)


class InquiryFields(BaseModel):
    """Base for what a kind wants to know of who asks; ``kind`` is that of the post.

    Declare it as a ``Literal`` with a default and ``Asked(N_("Art"), widget="hidden")``, as in
    the details of a kind; forms, JSON and what the other side reads follow.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str


@dataclass(frozen=True, slots=True)
class InquiryForm:
    """How one asks about posts of a kind; texts are German.

    ``label`` stands on the button. ``offers`` are the kinds of one's own posts that can be put
    forward. ``files_days`` is how long files are kept once the inquiry has ended, ``thread_days``
    how long the thread is (None: as any message). ``states`` are those it can come to, ``words``
    what they are called where it is not the usual word. With ``names_asker`` only who is behind a
    concealed post stays unnamed, and who asks does so under their name: none write unknown to
    somebody who may be under 18.
    """

    label: str = N_("Anfragen")
    fields: type[InquiryFields] | None = None
    hint: str = ""
    takes_files: bool = True
    files_days: int = 180
    thread_days: int | None = None
    offers: tuple[str, ...] = ()
    names_asker: bool = False
    states: frozenset[InquiryState] = frozenset(InquiryState)
    words: Mapping[InquiryState, str] = field(default_factory=dict[InquiryState, str])

    def fields_schema(self) -> dict[str, Any] | None:
        """Return the JSON schema of the questions, if there are any."""
        return self.fields.model_json_schema() if self.fields else None


USUAL = InquiryForm()
