import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer

from core.errors import CheckpointInvalid
from encoder.checkpoint import CheckpointManifest, load_encoder, read_manifest
from encoder.preprocess import load_preprocess, prepare
from encoder.sentence_module import DrawingModule, assemble_router


@pytest.fixture
def copied(tiny_checkpoint, tmp_path):
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def open_tiny(folder, batch_size=32):
    return load_encoder(folder, n_threads=1, batch_size=batch_size)


def test_onnx_equals_torch(tiny_checkpoint, drawings):
    module = DrawingModule.load(str(tiny_checkpoint))
    preprocessing = load_preprocess(tiny_checkpoint / "preprocess.json")
    ink = np.stack([prepare(image, preprocessing) for image in drawings])
    with torch.inference_mode():
        expected = module.net(torch.from_numpy(ink)).numpy()
    assert np.abs(open_tiny(tiny_checkpoint).encode_images(drawings) - expected).max() < 1e-4


def test_embeddings_are_unit_rows_in_order_whatever_the_batch_size(tiny_checkpoint, drawings):
    together = open_tiny(tiny_checkpoint).encode_images(drawings)
    in_pairs = open_tiny(tiny_checkpoint, batch_size=2).encode_images(drawings)
    assert together.shape == (5, 384)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert np.allclose(together, in_pairs, atol=1e-5)
    assert not np.allclose(together[0], together[1], atol=1e-3)


def test_no_drawings_give_no_rows(tiny_checkpoint):
    assert open_tiny(tiny_checkpoint).encode_images([]).shape == (0, 384)


def test_a_mirrored_drawing_has_the_same_vector(tiny_checkpoint, drawings):
    encoder = open_tiny(tiny_checkpoint)
    for flip in (np.fliplr, np.flipud):
        mirrored = [np.ascontiguousarray(flip(image)) for image in drawings]
        cosines = (encoder.encode_images(drawings) * encoder.encode_images(mirrored)).sum(axis=1)
        assert cosines.min() > 0.9999  # shrinking rounds to whole grey values


def test_a_blank_drawing_has_a_finite_vector(tiny_checkpoint):
    vectors = open_tiny(tiny_checkpoint).encode_images([np.full((50, 50), 255, np.uint8)])
    assert np.isfinite(vectors).all()


@pytest.mark.model
def test_anyone_can_open_the_folder_with_sentence_transformers(tiny_checkpoint, drawings):
    model = SentenceTransformer(str(tiny_checkpoint), device="cpu", trust_remote_code=True)
    vectors = model.encode([Image.fromarray(image) for image in drawings])
    served = open_tiny(tiny_checkpoint).encode_images(drawings)
    assert np.abs(vectors - served).max() < 1e-4


@pytest.mark.model
def test_the_router_embeds_both_sides_as_served(tiny_checkpoint, drawings):
    router = assemble_router(tiny_checkpoint)
    served = open_tiny(tiny_checkpoint)
    texts = ["a chair with four legs", "lamp"]
    images = [Image.fromarray(image) for image in drawings[:2]]
    assert np.abs(router.encode(images) - served.encode_images(drawings[:2])).max() < 1e-4
    assert np.abs(router.encode(texts) - served.encode_texts(texts)).max() < 1e-4


def test_encoder_id_is_name_and_content(tiny_checkpoint):
    manifest = read_manifest(tiny_checkpoint)
    assert manifest.encoder_id.startswith("tiny-net-")
    edited = {**manifest.files, "preprocess.json": "0" * 64}
    other = CheckpointManifest(**{**manifest.model_dump(), "files": edited})
    assert other.encoder_id != manifest.encoder_id
    assert open_tiny(tiny_checkpoint).encoder_id == manifest.encoder_id


@pytest.mark.parametrize("file", ["image.onnx", "preprocess.json", "model.safetensors"])
def test_a_missing_file_is_named(copied, file):
    (copied / file).unlink()
    with pytest.raises(CheckpointInvalid, match=f"{file} is missing"):
        open_tiny(copied)


@pytest.mark.parametrize("file", ["image.onnx", "preprocess.json", "drawing_config.json"])
def test_an_edited_file_is_named(copied, file):
    with (copied / file).open("ab") as content:
        content.write(b"\n")
    with pytest.raises(CheckpointInvalid, match=f"{file} was changed"):
        open_tiny(copied)


def test_a_folder_without_manifest_says_what_to_do(tmp_path):
    with pytest.raises(CheckpointInvalid, match=r"neither encoder\.json of Limn nor modules\.json"):
        open_tiny(tmp_path)


def rewrite_manifest(folder, **changes):
    path = folder / "encoder.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, **changes}), encoding="utf-8")


def test_another_text_encoder_is_refused(copied):
    rewrite_manifest(copied, text_encoder="somebody/else", text_encoder_sha256="1" * 64)
    with pytest.raises(CheckpointInvalid, match="trained against somebody/else"):
        open_tiny(copied)


@pytest.mark.parametrize("changes", [{"dimension": "many"}, {"surprise": 1}, {"files": {}}])
def test_a_manifest_that_is_not_valid_is_refused(copied, changes):
    rewrite_manifest(copied, **changes)
    with pytest.raises(CheckpointInvalid, match=r"encoder\.json"):
        open_tiny(copied)


def test_serving_imports_neither_torch_nor_sentence_transformers(tiny_checkpoint):
    program = (
        "import sys, pathlib, numpy\n"
        "from encoder.checkpoint import load_encoder\n"
        f"e = load_encoder(pathlib.Path({str(tiny_checkpoint)!r}), n_threads=1, batch_size=4)\n"
        "e.encode_images([numpy.zeros((20, 30), numpy.uint8)]); e.encode_texts(['chair'])\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
