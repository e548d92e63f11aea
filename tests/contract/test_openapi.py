"""The OpenAPI document holds: every operation, asked rightly and wrongly, keeps its word.

The data are drawn by Schemathesis, the same ones in each run, and all its checks are on. They run
against a real server, as a member of a small world and as nobody.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from pydantic_core.core_schema import ErrorType
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.architecture.test_contract import OPERATIONS
from tests.contract.world import World, a_member, arranged
from tests.serving import serving

# What is well formed may still be refused for what stands in the database, or for what a schema
# cannot say: a cursor of another list (400), a thing that is gone (410), a state that has changed
# (412), a full quota (413), bytes that are no picture (415), a place that nobody knows (422).
# That no such refusal hides a schema that is too wide is seen by `refused_by_schema`.
TO_POSITIVE = ["2xx", "3xx", "400", "401", "403", "404", "409", "410", "412", "413", "415", "422"]
# 410, 412, 413: a thing that is gone, a condition that does not hold and a body that is too large
# are said before its fields are looked at.
TO_NEGATIVE = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": TO_POSITIVE},
            "negative_data_rejection": {"expected-statuses": TO_NEGATIVE},
        }
    }
)
# Read first, then write, then delete: what is asked about should be there as long as possible.
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
NAMES = sorted(OPERATIONS, key=lambda name: (ORDER.index(name.split()[0]), name))
# What is wrong with one item is said in its own result, and the others are taken all the same.
EACH_BY_ITSELF = {"POST /api/v1/posts/bulk"}
# What is given empty, as forms give it, counts as not given; no schema of a choice says so.
EMPTY_IS_NOTHING = {"GET /api/v1/companies.{form}"}
# Whoever does not ask for a stream as such gets none (406); Schemathesis takes anything.
AS_A_STREAM_ONLY = {"GET /api/v1/notifications/stream"}
OF_PYDANTIC = frozenset(get_args(ErrorType))
# Asked for by what else is there: pictures need a description and PDFs none, refusals a reason.
BY_STATE = {"/alt: missing", "/text: missing"}


@schemathesis.serializer("message/rfc822")
def a_mail(_: Any, content: Any) -> dict[str, Any]:
    """Send what is drawn for a mail as it is."""
    return {"data": content.data if hasattr(content, "data") else str(content).encode()}


def drawn(examples: int) -> settings:
    """Settings under which the same data are drawn each time, and nothing depends on speed."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def refused_by_schema(answer: Any) -> list[str]:
    """What an answer to well formed data finds wrong that a schema can say."""
    if answer.status_code not in {400, 422}:
        return []
    problem = json.loads(answer.content)
    if answer.status_code == 400:
        return [] if problem["code"] == "bad_cursor" else [problem["code"]]
    codes = {f"{one['pointer']}: {one['code']}" for one in problem["errors"]}
    return sorted(one for one in codes - BY_STATE if one.split(": ")[1] in OF_PYDANTIC)


@dataclass(frozen=True)
class Asking:
    world: World
    operations: dict[str, Any]

    def ask(self, name: str, headers: dict[str, str], mode: GenerationMode, examples: int) -> None:
        """Send drawn data to the operation called ``name``, and check what comes back."""
        operation = self.operations[name]

        @drawn(examples)
        @given(case=operation.as_strategy(generation_mode=mode))
        def each(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                for parameter in case.path_parameters:
                    if parameter in self.world.ids:
                        case.path_parameters[parameter] = self.world.ids[parameter]
            passed_over: list[Any] = []
            if name in EACH_BY_ITSELF | EMPTY_IS_NOTHING | AS_A_STREAM_ONLY:
                passed_over.append(negative_data_rejection)
            if name in AS_A_STREAM_ONLY:
                passed_over.append(positive_data_acceptance)
            answer = case.call_and_validate(headers=headers, excluded_checks=passed_over)
            if mode is GenerationMode.POSITIVE:
                assert not refused_by_schema(answer), f"{case.as_curl_command()}\n{answer.text}"

        each()


@pytest.fixture(scope="module")
def asking(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    member = asyncio.run(a_member(module_database))
    with serving(module_database, tmp_path_factory.mktemp("var")) as address:
        schema = schemathesis.openapi.from_url(
            f"{address}/api/v1/openapi.json", config=CONFIG, timeout=60
        )
        operations = {found.ok().label: found.ok() for found in schema.get_all_operations()}
        yield Asking(arranged(address, *member), operations)


def test_every_operation_of_the_document_is_asked(asking):
    assert set(asking.operations) == set(NAMES)
    assert len(NAMES) > 100


def test_the_rule_on_what_a_schema_can_say_can_fail():
    def answer(status: int, code: str, *errors: str) -> httpx.Response:
        found = [{"pointer": "/name", "code": error} for error in errors]
        return httpx.Response(status, json={"code": code, "errors": found})

    assert refused_by_schema(answer(422, "invalid", "too_long", "taken")) == ["/name: too_long"]
    assert refused_by_schema(answer(400, "bad_request")) == ["bad_request"]
    assert not refused_by_schema(answer(400, "bad_cursor"))
    assert not refused_by_schema(answer(404, "not_found"))


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_keeps_its_word_to_a_member(asking, name):
    asking.ask(name, asking.world.headers, GenerationMode.POSITIVE, 2)
    asking.ask(name, asking.world.headers, GenerationMode.NEGATIVE, 2)


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_keeps_its_word_to_nobody(asking, name):
    asking.ask(name, {}, GenerationMode.POSITIVE, 1)
