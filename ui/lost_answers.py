"""Questions to models whose answers were lost: what to say of them, and asking them again."""

from ingestion.call_ledger import Spending
from ingestion.catalogue_records import Described
from ui.wording import counted
from workers.resources import Resources


def ask_again(resources: Resources, upload_id: str) -> Spending:
    """Let an upload's lost questions be put again, and send its figures to the models.

    Returns:
        What waited until now.

    Raises:
        QueueUnavailable: If the workers cannot be reached; they ask after their next start.
    """
    catalogue = resources.catalogue
    waited = catalogue.release_lost(upload_id)
    if waited.n_waiting and resources.asks_models:
        pending = catalogue.figures_described([Described.PENDING], upload_id=upload_id)
        resources.messages.send_figures("enrich", pending)
    return waited


def waiting_words(waited: Spending) -> str:
    """How many wait, and what asking them again may cost.

    Example:
        >>> waiting_words(Spending(None, n_waiting=2, n_waiting_tokens=2400, waiting_price=0.5))
        '2 lost questions, at most 2,400 tokens, 0.5000 at your prices'
    """
    price = f", {waited.waiting_price:,.4f} at your prices" if waited.waiting_price else ""
    lost = counted(waited.n_waiting, "lost question")
    return f"{lost}, at most {waited.n_waiting_tokens:,} tokens{price}"
