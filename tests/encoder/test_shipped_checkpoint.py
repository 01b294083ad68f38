"""The shipped checkpoint: golden numbers, size on disk, and one function in both runtimes."""

import numpy as np
import pytest
import torch
from PIL import Image

from encoder.checkpoint import DEFAULT_CHECKPOINT, load_encoder, read_manifest
from encoder.sentence_module import DrawingModule

pytestmark = pytest.mark.model

GOLDEN_ID = "limn-line-67178b63"
GOLDEN_CHAIR = [-0.12861, 0.01504, -0.00576, -0.05891, -0.07023, 0.00732]
GOLDEN_BOTTLE = [-0.03331, 0.07542, -0.07768, -0.01942, 0.03769, -0.0285]
GOLDEN_TEXT = [-0.00028, 0.05202, -0.05432, 0.02133, -0.05385, 0.00451]


def chair_front():
    image = np.full((640, 480), 255, np.uint8)
    for left in (100, 370):
        image[60:600, left : left + 4] = 0
        image[60:600, left + 20 : left + 24] = 0
    for top in (60, 180, 340, 380):
        image[top : top + 4, 100:394] = 0
    return image


def bottle_front():
    image = np.full((900, 400), 255, np.uint8)
    image[300:850, 60:64] = image[300:850, 336:340] = 0
    image[846:850, 60:340] = image[300:304, 60:340] = 0
    image[80:300, 160:164] = image[80:300, 236:240] = 0
    image[80:84, 160:240] = image[130:134, 150:250] = 0
    return image


@pytest.fixture(scope="module")
def shipped():
    return load_encoder(None, n_threads=1, batch_size=8)


def test_golden_vectors(shipped):
    vectors = shipped.encode_images([chair_front(), bottle_front()])
    assert vectors[0, :6] == pytest.approx(GOLDEN_CHAIR, abs=2e-4)
    assert vectors[1, :6] == pytest.approx(GOLDEN_BOTTLE, abs=2e-4)


def test_golden_text_vector(shipped):
    assert shipped.encode_texts(["chair"])[0, :6] == pytest.approx(GOLDEN_TEXT, abs=2e-5)


def test_encoder_id_is_the_published_one(shipped):
    assert shipped.encoder_id == GOLDEN_ID
    assert shipped.dimension == 384


def test_checkpoint_takes_at_most_30_mb():
    n_bytes = sum(path.stat().st_size for path in DEFAULT_CHECKPOINT.rglob("*") if path.is_file())
    assert n_bytes <= 30e6


def test_manifest_says_how_it_was_trained():
    training = read_manifest(DEFAULT_CHECKPOINT).training
    n_objects = {name.split("-")[0]: drawn["n_objects"] for name, drawn in training["data"].items()}
    assert n_objects["meshes"] == 2547
    assert training["validation"]["publication_map"] > 0.5
    assert training["recipe"]["start_from"] == "limn-line-pretrained"
    assert training["recipe"]["blend"]["share"] == 0.75


def test_a_drawing_is_nearest_to_its_own_enlargement(shipped):
    gallery = shipped.encode_images([chair_front(), bottle_front()])
    larger = [
        np.kron(image, np.ones((2, 2), np.uint8)) for image in (chair_front(), bottle_front())
    ]
    scores = shipped.encode_images(larger) @ gallery.T
    assert scores.argmax(axis=1).tolist() == [0, 1]
    assert scores.diagonal().min() > 0.95


def test_onnx_runtime_and_torch_agree(shipped):
    figures = [chair_front(), bottle_front()]
    module = DrawingModule.load(str(DEFAULT_CHECKPOINT))
    ink = module.preprocess([Image.fromarray(figure) for figure in figures])["pixel_values"]
    with torch.inference_mode():
        by_torch = module.net(ink).numpy()
    assert np.abs(by_torch - shipped.encode_images(figures)).max() < 1e-4


def test_loading_leaves_the_smallest_numbers_alone(shipped):
    """SciPy's trees split for ever, and crash, where a number beside zero counts as zero."""
    assert shipped.dimension == 384
    assert np.nextafter(np.zeros(1), 1)[0] > 0
