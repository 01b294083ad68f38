"""Other wordings follow their rule; all else that is said of figures stays."""

import pytest

from core.records import Stage
from encoder.describing.wordings import RULE_HASH
from ingestion.call_ledger import Spending
from ingestion.catalogue_records import Described
from tests.workers.desk import OpenDesk
from workers import rewording


def test_wordings_of_an_older_rule_are_written_anew_and_nothing_else(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk() as desk:
        upload = desk.take_in()
        catalogue = desk.line.catalogue
        catalogue.correct_text(desk.ids[0], "a stool")
        desk.line.messages.send_figures("embed", desk.ids)
        before = [(row.revision, row.described, row.described_note) for row in desk.rows]
        assert catalogue.figures_worded_otherwise(RULE_HASH) == []
        monkeypatch.setattr(rewording, "RULE_HASH", "newer")
        assert catalogue.figures_worded_otherwise("newer") == desk.ids
        rewording.reword(desk.line, desk.ids)
        assert catalogue.figures_worded_otherwise("newer") == []
        rows = desk.rows
        assert before == [(row.revision, row.described, row.described_note) for row in rows]
        assert desk.states() == [(Described.PENDING, Stage.INDEXED)]
        assert "a stool" in {text.text for text in rows[0].texts}
        hashes = {t.prompt_hash for row in rows for t in row.texts if not t.provenance.is_searched}
        assert hashes == {"newer"}
        assert catalogue.spending(upload) == Spending(upload)
        desk.enrich()
        rewording.reword(desk.line, desk.ids)  # a language model wrote: there are none
        assert all(text.provenance.is_searched for row in desk.rows for text in row.texts)
