"""The embedded providers: grant's words, thesaurus and tagger, none of which loads a model."""

import json
import zlib
from dataclasses import replace

import numpy as np
import pytest

from core.describing import Description, FigureFacts
from core.records import Provenance
from core.settings import DescribeSettings
from encoder.checkpoint import load_encoder
from encoder.describing.calibration import Calibration, load_calibration
from encoder.describing.grant_words import grant_texts
from encoder.describing.measuring import calibrate, learn_tagger
from encoder.describing.providers import open_providers
from encoder.describing.tagger import ZeroShotTagger
from encoder.describing.vocabulary import Vocabulary, load_vocabulary, pack_vectors, unpack_vectors

CHAIR = FigureFacts("US-D1-S1/1", "Chair", "front", locarno=("06-01",), locarno_title="Seats")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(None, n_threads=1, batch_size=8)


@pytest.fixture(scope="module")
def vocabulary(encoder, tmp_path_factory):
    return load_vocabulary(encoder, tmp_path_factory.mktemp("names"))


class OwnSpace:
    """A text space of its own: every text has a direction, case aside."""

    encoder_id = "own-1"
    dimension = 32

    def __init__(self):
        self.n_encoded = 0

    def encode_texts(self, texts):
        self.n_encoded += len(texts)
        seeds = [zlib.crc32(text.casefold().encode()) for text in texts]
        vectors = np.array([np.random.default_rng(seed).normal(size=32) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_grant_texts_say_view_and_kind_and_nothing_twice():
    assert grant_texts(CHAIR) == ("Chair", "front view of Chair", "Chair, Seats")
    known = replace(CHAIR, caption="a front view of a chair", object_name="a chair")
    assert grant_texts(known) == ("Chair", "a front view of a chair", "a chair, Seats")
    assert grant_texts(FigureFacts("x", "Lamp", "unknown")) == ("Lamp",)
    assert grant_texts(FigureFacts("x", " ", "unknown")) == ()


@pytest.mark.model
def test_the_shipped_vectors_are_those_of_the_names(encoder, vocabulary):
    chosen = range(0, len(vocabulary.names), 331)
    fresh = encoder.encode_texts([vocabulary.names[index] for index in chosen])
    assert (fresh * vocabulary.vectors[list(chosen)]).sum(axis=1).min() > 0.985


def test_packing_keeps_directions():
    vectors = np.random.default_rng(0).normal(size=(50, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    unpacked = unpack_vectors(pack_vectors(vectors), 50)
    assert (unpacked * vectors).sum(axis=1).min() > 0.97


def test_another_text_space_is_computed_once_and_a_damaged_copy_again(tmp_path):
    encoder = OwnSpace()
    first = load_vocabulary(encoder, tmp_path)
    n_names = len(first.names)
    assert first.vectors.shape == (n_names, 32)
    again = load_vocabulary(encoder, tmp_path)
    assert encoder.n_encoded < n_names + 20
    assert np.array_equal(first.vectors, again.vectors)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(load_vocabulary(encoder, tmp_path).vectors, first.vectors)


@pytest.mark.model
def test_aliases_are_goods_of_the_own_class(encoder, tmp_path):
    providers = open_providers(DescribeSettings(), encoder, tmp_path)
    assert providers.captioner is None
    assert providers.enricher.provenance is Provenance.THESAURUS
    assert providers.enricher.endpoint is None
    figures = [
        FigureFacts("a", "Eyeglass", "front", locarno=("16-06",)),
        FigureFacts("b", "Eyeglass", "rear", locarno=("16-06",)),
        FigureFacts("c", "Eyeglass", "rear", locarno=("09-01",)),
        FigureFacts("d", "Sofa", "rear"),
        FigureFacts("e", "Widget frobnicator", "rear"),
    ]
    first, second, bottle, sofa, nothing = providers.enricher.enrich(figures, [()] * 5)
    assert "sunglasses" in first.texts
    assert first == second
    assert bottle.texts == nothing.texts == ()
    assert sofa.texts
    assert all(text.casefold() != "sofa" for text in sofa.texts)


def _square_world(min_margin):
    """Three names on three axes, and a tagger that knows them."""
    vocabulary = Vocabulary(
        ("chairs", "lamps", "bottles"),
        np.array(["06", "26", "09"]),
        np.eye(3, dtype=np.float32),
        "1",
    )
    calibration = Calibration(
        encoder_id="three",
        centre=(0, 0, 0),
        min_margin=min_margin,
        n_figures=9,
        n_tagged=9,
        n_right=9,
    )
    return vocabulary, ZeroShotTagger(vocabulary, calibration)


def test_a_tag_is_said_where_one_name_stands_out_and_the_class_agrees():
    _, tagger = _square_world(0.3)
    vectors = np.array([[1, 0, 0], [0.7, 0.6, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    classes = [("06-01",), ("06-01",), ("26-05",), ()]
    figures = [FigureFacts(str(i), "x", "front", locarno=codes) for i, codes in enumerate(classes)]
    tags = [description.texts for description in tagger.tag(vectors, figures)]
    assert tags == [("chairs",), (), (), ("bottles",)]
    assert tagger.provenance is Provenance.TAGGER
    assert tagger.tag(vectors[:0], []) == []


def test_another_calibration_is_another_prompt_hash():
    assert _square_world(0.3)[1].prompt_hash != _square_world(0.4)[1].prompt_hash


class ThreeNames:
    encoder_id = "three"

    def encode_texts(self, texts):
        axes = ["chairs", "lamps", "bottles"]
        return np.array([np.eye(3)[axes.index(text)] for text in texts], np.float32)


def test_calibration_finds_where_three_in_five_names_are_right():
    vocabulary, _ = _square_world(0)
    sure, doubtful = [1, 0, 0], [0.4, 0.3, 0]
    vectors = np.array([sure] * 10 + [doubtful] * 30, np.float32)
    titles = ["chairs"] * 10 + ["lamps"] * 30
    found = calibrate(ThreeNames(), vocabulary, vectors, titles, centre=np.zeros(3, np.float32))
    assert (found.n_tagged, found.n_right) == (16, 10)
    wrong = ["lamps"] * 40
    none = calibrate(ThreeNames(), vocabulary, vectors, wrong, centre=np.zeros(3, np.float32))
    assert none.min_margin is None
    silent = ZeroShotTagger(vocabulary, none)
    assert silent.tag(vectors[:2], [CHAIR] * 2) == [Description(())] * 2


def test_a_corpus_teaches_its_own_names(tmp_path):
    encoder = OwnSpace()
    titles = ["Zzyzx rack", "zzyzx rack", "Bottle"] * 8
    classes = ["20", "20", "09"] * 8
    vectors = encoder.encode_texts(titles)
    found = learn_tagger(encoder, vectors, titles, classes, tmp_path)
    assert found.learnt == (("20", "zzyzx rack"), ("09", "bottle"))
    assert found.n_right >= 0.6 * found.n_tagged > 0
    tagger = open_providers(DescribeSettings(), encoder, tmp_path).tagger
    figure = FigureFacts("a", "Rack", "front", locarno=("20-02",))
    (description,) = tagger.tag(vectors[:1], [figure])
    assert description.texts == ("zzyzx rack",)


def test_ones_own_calibration_comes_before_the_shipped_one(tmp_path, encoder):
    assert load_calibration("never-measured", tmp_path) is None
    own = Calibration(
        encoder_id="mine", centre=(0.5,), min_margin=0.2, n_figures=1, n_tagged=1, n_right=1
    )
    (tmp_path / "tagger-mine.json").write_text(own.model_dump_json())
    assert load_calibration("mine", tmp_path) == own
    (tmp_path / "tagger-mine.json").write_text(json.dumps({"min_margin": 0}))
    assert load_calibration("mine", tmp_path) is None


@pytest.mark.model
def test_an_encoder_that_was_never_measured_names_nothing(tmp_path):
    assert open_providers(DescribeSettings(), OwnSpace(), tmp_path).tagger is None


@pytest.mark.model
def test_the_shipped_tagger_knows_the_shipped_encoder(encoder, tmp_path, drawings):
    tagger = open_providers(DescribeSettings(), encoder, tmp_path).tagger
    assert tagger is not None
    found = tagger.tag(encoder.encode_images(drawings), [CHAIR] * len(drawings))
    assert all(description.texts == () for description in found)  # scribbles are no chairs
    assert open_providers(DescribeSettings(tagger=False), encoder, tmp_path).tagger is None
