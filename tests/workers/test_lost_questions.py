"""Questions whose answers were lost may be paid already: they wait for a person."""

from pathlib import Path

import pytest

from core.describing import Description, FigureFacts
from core.errors import ProviderUnavailable
from core.records import Stage
from core.settings import ProviderSettings
from ingestion.call_ledger import Spending
from ingestion.catalogue_records import Described
from tests.workers.desk import TITLES, OpenDesk, week_of_titles
from workers.ingestion import resume, start_upload
from workers.questions import LOST


@pytest.mark.parametrize("is_taken", [True, False])
def test_questions_whose_answers_were_lost_wait_for_a_person(
    open_desk: OpenDesk, tmp_path: Path, is_taken: bool
) -> None:
    with open_desk(n_attempts=9) as desk:
        upload = desk.take_in()
        catalogue = desk.line.catalogue
        desk.teller.fails = ProviderUnavailable("silence", may_be_paid=True)
        desk.enrich()
        assert {(row.described, row.described_note) for row in desk.rows} == {
            (Described.PENDING, LOST.note)
        }
        desk.teller.fails = None
        assert desk.enrich().to_ask == []
        desk.enrich(anew=True)
        start_upload(desk.line, week_of_titles(tmp_path, "I20210302.tar", us_classes=["D1 1"]))
        assert {row.described_note for row in desk.rows} == {LOST.note}
        resume(desk.line)
        assert desk.teller.asked == []
        spent = catalogue.spending(upload)
        assert (spent.n_lost, spent.n_waiting, spent.n_waiting_tokens) == (4, 4, 400)
        assert (catalogue.release_lost if is_taken else catalogue.write_off_lost)().n_waiting == 4
        assert catalogue.release_lost(upload).n_waiting == 0
        while desk.enrich().to_ask:
            continue
        assert sorted(desk.teller.asked) == sorted(TITLES)
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert sum(spent.n_lost for spent in catalogue.spending_by_upload()) == 4 * is_taken


def test_a_silent_model_is_given_up_before_every_question_is_lost(open_desk: OpenDesk) -> None:
    one_by_one = ProviderSettings(model="fake", timeout_s=1, n_parallel=1)
    with open_desk(n_attempts=2, captioner=one_by_one) as desk:
        upload = desk.take_in()
        desk.captioner.fails = ProviderUnavailable("silence", may_be_paid=True)
        assert desk.enrich().stopped is desk.captioner.fails
        assert desk.line.catalogue.spending(upload).n_lost == 2
        notes = sorted(str(row.described_note) for row in desk.rows)
        assert notes == sorted([LOST.note, LOST.note, "silence", "silence"])


def test_a_model_in_this_process_is_simply_asked_again(open_desk: OpenDesk) -> None:
    with open_desk() as desk:
        upload = desk.take_in()
        desk.captioner.endpoint = desk.teller.endpoint = None

        def dies(_: FigureFacts) -> Description:
            raise MemoryError

        desk.captioner.answer = dies
        with pytest.raises(MemoryError):
            desk.enrich()
        desk.captioner.answer = None
        desk.enrich()
        assert desk.states() == [(Described.DONE, Stage.INDEXED)]
        assert desk.line.catalogue.spending(upload) == Spending(upload, 8, 720, 80)


def test_answers_that_were_lost_count_until_a_person_writes_them_off(open_desk: OpenDesk) -> None:
    with open_desk(n_attempts=2, budget_tokens=1000) as desk:
        upload = desk.take_in()
        desk.captioner.fails = ProviderUnavailable("silence", may_be_paid=True)
        desk.enrich()
        lost = desk.line.catalogue.spending(upload)
        assert lost.n_tokens == lost.n_open_tokens == 0
        assert lost.n_lost_tokens == 100 * lost.n_lost >= 200
        desk.captioner.fails = None
        while desk.enrich().to_ask:
            continue
        spent = desk.line.catalogue.spending(upload)
        assert spent.n_tokens + spent.n_lost_tokens <= 1000
        assert desk.line.catalogue.write_off_lost().n_lost == lost.n_lost
        while desk.enrich().to_ask:
            continue
        assert desk.line.catalogue.spending(upload) == Spending(upload, 8, 720, 80)
