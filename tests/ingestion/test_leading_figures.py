"""Which figures stand for their publication."""

from collections.abc import Callable
from dataclasses import replace

from core.records import View
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication


def _store(catalogue: Catalogue, *several: StoredPublication) -> None:
    upload = catalogue.begin_upload("/a.tar", "a" * 64, 1, [str(n) for n in range(9)], [])
    for n, stored in enumerate(several):
        catalogue.store_publication(stored, upload.upload_id, str(n))


def test_first_figure_leads_its_publication_and_each_view_has_one_lead(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    first = make_stored("D0900001", n_figures=4)
    views = (View.UNKNOWN, View.FRONT, View.TOP, View.FRONT, View.TOP)
    turned = tuple(replace(f, view=v) for f, v in zip(first.figures, views, strict=True))
    second = make_stored("D0900002", n_figures=1)
    _store(catalogue, replace(first, figures=turned), second)
    ids = [f.figure_id for f in (*first.figures, *second.figures)]
    assert catalogue.leads([*ids, "US-D9-S1/1"]) == {
        "US-D0900001-S1/s0.1": (),
        "US-D0900001-S1/1": ("publication", "view"),
        "US-D0900001-S1/2": ("view",),
        "US-D0900001-S1/3": (),
        "US-D0900001-S1/4": (),
        "US-D0900002-S1/s0.1": (),
        "US-D0900002-S1/1": ("publication", "view"),
        "US-D9-S1/1": (),
    }


def test_leads_of_a_figure_do_not_depend_on_who_is_asked_with_it(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    _store(catalogue, make_stored("D0900001", n_figures=3))
    assert catalogue.leads(["US-D0900001-S1/3"]) == {"US-D0900001-S1/3": ()}
    assert catalogue.leads([]) == {}
