"""How far models have come with describing the collection."""

from ingestion.answer_ledger import AnswerLedger
from ingestion.catalogue_records import Described


def described_states(ledger: AnswerLedger) -> dict[str, int]:
    """Figures that models are to be asked about, by how far that has come; every state is a key."""
    states = dict.fromkeys((state.value for state in Described), 0)
    for standing in ledger.standings():
        states[standing.described.value] += standing.n_figures
    return states
