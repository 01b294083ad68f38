"""The same design once more is listed under the first."""

from search.collapsing import collapse
from search.ranking import Match, MatchGroup


def found(publication: str, score: float, **facts: object) -> MatchGroup:
    return MatchGroup(publication, (Match(f"{publication}/1", publication, score, facts),))


def test_collapse_lists_a_picture_and_a_family_once() -> None:
    groups = [
        found("A", 0.9, picture="x", family=["DM1"]),
        found("B", 0.9, picture="x"),
        found("C", 0.8, picture="y"),
        found("D", 0.7, picture="z", family=["DM1"]),
        found("E", 0.6, picture="z"),
        found("F", 0.5),
        found("G", 0.5),
    ]
    kept = collapse(groups, by_publication=True)
    assert [group.publication_id for group in kept] == ["A", "C", "F", "G"]
    twins = [(t.publication_id, t.reason) for t in kept[0].twins]
    assert twins == [("B", "same picture"), ("D", "same family"), ("E", "same picture")]
    assert kept[0].twins[1].figure_id == "D/1"
    assert kept[0].twins[1].score == 0.7


def test_collapse_leaves_figures_of_a_family_apart() -> None:
    groups = [found("A", 0.9, picture="x", family=["DM1"]), found("B", 0.8, family=["DM1"])]
    assert collapse(groups, by_publication=False) == tuple(groups)


def test_collapse_knows_a_family_by_any_number_that_is_shared() -> None:
    groups = [
        found("child", 0.9, family=["US 29606243", "US 29680800"]),
        found("other", 0.8, family=["US 29000001"]),
        found("parent", 0.7, family=["US 29606243"]),
        found("grandchild", 0.6, family=["US 29680800", "US 29700000"]),
    ]
    child, other = collapse(groups, by_publication=True)
    assert [twin.publication_id for twin in child.twins] == ["parent", "grandchild"]
    assert (other.publication_id, other.twins) == ("other", ())
