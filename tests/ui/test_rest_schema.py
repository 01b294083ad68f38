"""What the REST schema allows and what it forbids: never a defect, and only answers it names."""

from functools import partial
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import APIOperation, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.settings import Settings
from tests.damage import fuzzing
from ui.api import build_api
from ui.context import UiContext, build_context


def _no_defect(_context: object, response: schemathesis.Response, _case: object) -> None:
    """Only 500 is one: 503 says that no worker runs here, 507 that a disk is full."""
    assert response.status_code != 500, response.text


_CHECKS = [
    _no_defect,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_EXAMPLES_AN_OPERATION = 4


@pytest.fixture(scope="module")
def known(
    settings: Settings, context: UiContext, samples: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[APIOperation], dict[str, list[Any]]]:
    """The operations over a home of their own, and ids that are known there."""
    folder = tmp_path_factory.mktemp("rest")
    resources = type(context.resources)(settings.model_copy(update={"home": folder / "home"}))
    archive = samples.write_archive(folder / "I20210105.tar", (samples.chair,))
    upload = samples.take_in(resources, archive, wait=True)
    figure = resources.catalogue.figures(resources.catalogue.figure_ids())[0]
    api = build_api(build_context(resources, partial(samples.take_in, resources, wait=True)))
    schema = schemathesis.openapi.from_asgi("/openapi.json", api)
    return [found.ok() for found in schema.get_all_operations()], {
        "publication_id": [figure.publication.publication_id],
        "figure_id": [figure.figure.figure_id],
        "sha256": [figure.figure.sha256],
        "upload_id": [upload.upload_id],
        "search_id": [1],
        "certificate_id": [1],
        "kind": ["csv", "json", "pdf", "xlsx"],
    }


def test_every_operation_answers_only_what_it_documents(
    known: tuple[list[APIOperation], dict[str, list[Any]]],
) -> None:
    operations, ids = known
    assert len(operations) > 30
    broken = {operation.label: _failure(operation, ids) for operation in operations}
    told = "\n\n".join(f"{label}: {said}" for label, said in broken.items() if said)
    assert not told, told


def _failure(operation: APIOperation, ids: dict[str, list[Any]]) -> str | None:
    """What is wrong with an operation: all are looked at before any is told."""

    @given(data=st.data())
    @fuzzing(_EXAMPLES_AN_OPERATION)
    def answers(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        case = data.draw(operation.as_strategy(mode))
        for name in set(case.path_parameters or ()) & set(ids):
            if data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(ids[name]))
        case.call_and_validate(checks=_CHECKS)

    try:
        answers()
    except (FailureGroup, AssertionError) as failure:
        return str(failure)
    return None
