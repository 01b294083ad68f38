import pytest

from core.errors import EvaluationInvalid
from encoder.evaluation.manifest import (
    ManifestRow,
    Role,
    read_citations,
    read_deeppatent_rows,
    read_manifest_rows,
)


@pytest.fixture
def write(tmp_path):
    def write(text, name="m.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_missing_columns_are_empty_and_others_are_not_read(write):
    path = write("\ufefffile,title,shoe_size\nx.png, Chair ,44\n")
    assert read_manifest_rows(path) == (ManifestRow("x.png", title="Chair"),)


def test_every_column_is_read(write):
    path = write(
        "view,class,locarno,title,publication_id,file,landscape\nfront,D6,0601,Chair,D1,x.png,1\n"
    )
    assert read_manifest_rows(path) == (
        ManifestRow("x.png", "D1", "Chair", "06-01", "D6", "front", landscape=True),
    )


def test_a_locarno_class_may_stand_without_its_subclass(write):
    rows = read_manifest_rows(write("file,locarno\nx.png,6\ny.png,06-01\n"))
    assert [row.locarno for row in rows] == ["06", "06-01"]


def test_the_class_may_stand_in_another_column(write):
    path = write("file,us_class\nx.png,D8/93\n")
    assert read_manifest_rows(path, class_column="us_class")[0].class_name == "D8/93"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column `file`; its columns: none"),
        ("picture\nx.png\n", "no column `file`; its columns: picture"),
        ("file,title\n", "lists nothing below its header"),
        ("file,title\nx.png,A\nx.png,B\n", r"line 3: names x\.png a second time"),
        ("file,title\n,A\n", "line 2: names no file"),
        ("file,locarno\nx.png,chairs\n", "line 2: 'chairs' is not a Locarno code"),
        (b"file\n\xff\xfe\n", "no CSV in UTF-8"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(write, text, said):
    with pytest.raises(EvaluationInvalid, match=said):
        read_manifest_rows(write(text))


def test_a_missing_class_column_is_named_with_those_there(write):
    with pytest.raises(EvaluationInvalid, match="no column `kind`; its columns: file, class"):
        read_manifest_rows(write("file,class\nx.png,a\n"), class_column="kind")


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(EvaluationInvalid, match=r"none\.csv cannot be read: No such file"):
        read_manifest_rows(tmp_path / "none.csv")


def test_deeppatent_lists_give_queries_and_gallery(write):
    queries = write("I1/USD1-2/USD1-2-D00000.png 1\n\n", "q.txt")
    gallery = write("I1/USD1-2/USD1-2-D00001.png 1\nI1/US D9/USD9-2-D00001.png 12\n", "g.txt")
    rows = read_deeppatent_rows(queries, gallery)
    assert [(row.publication_id, row.role) for row in rows] == [
        ("1", Role.QUERY),
        ("1", Role.GALLERY),
        ("12", Role.GALLERY),
    ]
    assert [row.is_front_page for row in rows] == [True, False, False]
    assert rows[2].file == "I1/US D9/USD9-2-D00001.png"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.png 1\nb.png one\n", "line 2: not a path and a patent's number"),
        ("7\n", "line 1: not a path"),
        ("\n", "lists no picture"),
        ("g.png 1\n", r"g\.png stands in .*q\.txt and in .*g\.txt"),
    ],
)
def test_deeppatent_lists_that_cannot_be_used_say_why(write, text, said):
    with pytest.raises(EvaluationInvalid, match=said):
        read_deeppatent_rows(write(text, "q.txt"), write("g.png 1\n", "g.txt"))


def test_citations_meet_whatever_the_spelling(write):
    path = write("citing,cited\nUSD0913942,D553080\nD0913942,US-D0553081-S1\nD1,\n")
    assert read_citations(path) == {"D913942": frozenset({"D553080", "D553081"})}
