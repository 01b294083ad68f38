"""One run of `limn describe`: models are asked about figures here, and what changed is indexed."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import PurePath

from pydantic import BaseModel

from core.records import FigureText
from encoder.describing.wordings import RULE_HASH
from ingestion.call_ledger import Spending
from ingestion.catalogue_records import Described, FigureRow
from ui.description_states import described_states
from workers import describing, rewording, stages
from workers.resources import Resources

_BATCH = 16
_REWORDED = 256
_ASK_AGAIN_S = 1.0
"""A turn with an endpoint, or another process, is waited for so long before looking again."""
_WAITING = (None, Described.PENDING, Described.WITHHELD)


class Reason(BaseModel):
    """Why figures stand where they do."""

    state: str
    reason: str | None
    figures: int


class UploadCost(BaseModel):
    """What an upload's figures cost so far, in tokens as the providers count them."""

    upload_id: str | None
    name: str | None
    calls: int
    prompt_tokens: int
    completion_tokens: int
    price: float
    """In the currency of the prices that the settings name; 0 where they name none."""
    lost_calls: int
    """Possibly paid, and the answer was lost: asked by a process that died, or never answered."""
    lost_tokens: int
    """The most that these may have cost; the budget counts them."""
    lost_price: float
    waiting_questions: int
    """Of the lost ones, those not asked again until `limn describe --retry-lost`."""
    waiting_tokens: int
    waiting_price: float
    budget_tokens: int | None
    """None where there is no limit."""
    confidential: bool


class DescribeReport(BaseModel):
    """What one run did and what is left to do; the stable JSON of `limn describe --json`."""

    figures: int
    """Looked at in this run."""
    changed: int
    """Of these, those with other words than before; they are indexed anew."""
    calls: int
    """Answers that this run asked for and got."""
    prompt_tokens: int
    completion_tokens: int
    reworded: int
    """Figures whose other wordings were of an older rule and were written anew."""
    states: dict[str, int]
    """All figures that models are to be asked about, by how far that has come."""
    reasons: list[Reason]
    uploads: list[UploadCost]
    stopped: str | None
    """Why a model was given up."""


class SampleText(BaseModel):
    """One text about a figure of a sample."""

    provenance: str
    text: str
    model: str | None
    prompt_hash: str | None


class SampleFigure(BaseModel):
    """A figure of a sample with all that is said about it."""

    figure_id: str
    title: str
    described: str | None
    note: str | None
    texts: list[SampleText]


Watch = Callable[[int, int], None]
"""Takes figures done and figures in all."""


def choose_figures(resources: Resources, *, redo: bool, sample: int | None) -> list[str]:
    """Ids of the figures that a run is about.

    Args:
        resources: Catalogue and settings.
        redo: Also those that are done: they are asked about again where prompt or model changed.
        sample: So many, the same ones every time, spread over everything; whether done or not.
    """
    states = _WAITING if resources.asks_models else _WAITING[1:]
    everything = redo or sample is not None
    chosen = resources.catalogue.figures_described(
        (*_WAITING, Described.DONE) if everything else states
    )
    if sample is None:
        return chosen
    return sorted(chosen, key=lambda key: hashlib.sha256(key.encode()).digest())[:sample]


def describe_figures(
    resources: Resources, figure_ids: Sequence[str], watch: Watch, *, anew: bool = False
) -> DescribeReport:
    """Have models write about figures, until all are answered or put off for good.

    Every answer is kept as it comes: a run that is interrupted is gone on with by the next.

    Args:
        resources: With the addresses of index and queue.
        figure_ids: From `choose_figures`.
        watch: Called after each batch.
        anew: Ask again where the answer that is kept was of no use.

    Raises:
        IndexUnavailable, QueueUnavailable: If a service is gone.
    """
    reworded = _reword(resources)
    before = _total(resources)
    waiting = deque(figure_ids[at : at + _BATCH] for at in range(0, len(figure_ids), _BATCH))
    n_left, changed, stopped = len(figure_ids), set[str](), None
    watch(0, len(figure_ids))
    while waiting and stopped is None:
        batch = waiting.popleft()
        outlook = describing.enrich(resources, batch, anew=anew)
        stages.index(resources, stages.embed(resources, outlook.to_embed))
        changed |= set(outlook.to_embed)
        stopped = outlook.stopped
        if outlook.to_ask:
            waiting.append(outlook.to_ask)
            if len(outlook.to_ask) == len(batch):
                time.sleep(_ASK_AGAIN_S)
        n_left -= len(batch) - len(outlook.to_ask)
        watch(len(figure_ids) - n_left, len(figure_ids))
    after = _total(resources)
    return DescribeReport(
        figures=len(figure_ids) - n_left,
        changed=len(changed),
        calls=after.n_calls - before.n_calls,
        prompt_tokens=after.n_prompt_tokens - before.n_prompt_tokens,
        completion_tokens=after.n_completion_tokens - before.n_completion_tokens,
        reworded=reworded,
        states=described_states(resources.catalogue),
        reasons=[
            Reason(state=s.described, reason=s.note, figures=s.n_figures)
            for s in resources.catalogue.standings()
        ],
        uploads=_costs(resources),
        stopped=str(stopped) if stopped else None,
    )


def _reword(resources: Resources) -> int:
    """Write other wordings anew where they are of an older rule; nobody is asked."""
    figure_ids = resources.catalogue.figures_worded_otherwise(RULE_HASH)
    for at in range(0, len(figure_ids), _REWORDED):
        rewording.reword(resources, figure_ids[at : at + _REWORDED])
    return len(figure_ids)


def read_sample(
    resources: Resources, figure_ids: Sequence[str]
) -> list[tuple[FigureRow, SampleFigure]]:
    """Figures with what is said about them now."""
    return [
        (
            row,
            SampleFigure(
                figure_id=row.figure.figure_id,
                title=row.publication.title,
                described=row.described,
                note=row.described_note,
                texts=[_sample_text(text) for text in row.texts],
            ),
        )
        for row in resources.catalogue.figures(figure_ids)
    ]


def _sample_text(text: FigureText) -> SampleText:
    return SampleText(
        provenance=text.provenance,
        text=text.text,
        model=text.model,
        prompt_hash=text.prompt_hash,
    )


def _total(resources: Resources) -> Spending:
    spent = resources.catalogue.spending_by_upload()
    return Spending(
        None,
        sum(each.n_calls for each in spent),
        sum(each.n_prompt_tokens for each in spent),
        sum(each.n_completion_tokens for each in spent),
    )


def _costs(resources: Resources) -> list[UploadCost]:
    uploads = {upload.upload_id: upload for upload in resources.catalogue.uploads()}
    configured = resources.settings.describe.budget_tokens
    costs = []
    for spent in resources.catalogue.spending_by_upload():
        upload = uploads.get(spent.upload_id or "")
        own = upload.terms.budget_tokens if upload else None
        costs.append(
            UploadCost(
                upload_id=spent.upload_id,
                name=PurePath(upload.path).name if upload else None,
                calls=spent.n_calls,
                prompt_tokens=spent.n_prompt_tokens,
                completion_tokens=spent.n_completion_tokens,
                price=round(spent.price, 6),
                lost_calls=spent.n_lost,
                lost_tokens=spent.n_lost_tokens,
                lost_price=round(spent.lost_price, 6),
                waiting_questions=spent.n_waiting,
                waiting_tokens=spent.n_waiting_tokens,
                waiting_price=round(spent.waiting_price, 6),
                budget_tokens=configured if own is None else own,
                confidential=bool(upload and upload.terms.is_confidential),
            )
        )
    return costs
