"""Models in this process and a real OpenAI-compatible server; random weights made on the fly."""

import shutil
import socket
import threading
import time

import numpy as np
import pytest
import torch
from transformers.cli.serve import Serve

from core.describing import FigureFacts
from core.errors import ConfigurationFault
from core.records import Provenance
from core.settings import DescribeSettings, ProviderSettings
from encoder.checkpoint import load_encoder
from encoder.describing.language_model import Conversation
from encoder.describing.local_model import LocalModel
from encoder.describing.model_providers import ModelCaptioner
from encoder.describing.prompts import load_prompt
from encoder.describing.providers import open_providers
from tests.encoder.tiny_language_models import write_tiny_captioner, write_tiny_chat

FIGURES = [FigureFacts(str(n), f"Chair {n}", "front") for n in range(3)]
HELLO = Conversation("You are terse.", ("hello",))
IMAGES = [np.full((40 + 10 * n, 60), 255 - n, np.uint8) for n in range(3)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    torch.set_num_threads(1)  # threads that wait for each other take longer than these models
    home = tmp_path_factory.mktemp("models")
    return write_tiny_captioner(home / "captioner"), write_tiny_chat(home / "chat")


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(None, n_threads=1, batch_size=8)


def local(folder, **changes):
    return ProviderSettings(model=str(folder), device="cpu", max_answer_tokens=16, **changes)


@pytest.mark.model
def test_models_from_folders_describe_figures(folders, encoder, tmp_path):
    settings = DescribeSettings(
        captioner=local(folders[0], batch_size=2), enricher=local(folders[1])
    )
    providers = open_providers(settings, encoder, tmp_path)
    assert providers.captioner.provenance is Provenance.CAPTIONER
    assert providers.captioner.endpoint is None
    assert providers.captioner.model_id.startswith("captioner-")
    captions = list(providers.captioner.caption(IMAGES, FIGURES))
    assert len(captions) == 3
    assert min(caption.tokens.prompt for caption in captions) > 500  # instructions, byte by byte
    assert all(0 < caption.tokens.completion <= 16 for caption in captions)
    assert providers.enricher.provenance is Provenance.LLM
    (flawed,) = providers.enricher.enrich(FIGURES[:1], [()])
    (written,) = providers.enricher.enrich(FIGURES[:1], [()], [flawed])
    assert written.texts == ()
    assert "asked twice" in written.problem  # random bytes are no JSON


@pytest.mark.model
def test_a_batch_answers_as_its_members_alone(folders):
    alone, together = (
        ModelCaptioner(
            LocalModel(local(folders[0], batch_size=n), "X", "image-text"), load_prompt("caption")
        ).caption(IMAGES, FIGURES)
        for n in (1, 3)
    )
    assert list(alone) == list(together)


@pytest.mark.parametrize("kind", ["text", "image-text"])
def test_a_folder_without_a_model_names_the_setting(tmp_path, kind):
    model = LocalModel(local(tmp_path), "LIMN_DESCRIBE__CAPTIONER", kind)
    with pytest.raises(ConfigurationFault, match="LIMN_DESCRIBE__CAPTIONER__MODEL"):
        list(model.answers([HELLO]))


def test_a_folder_is_another_model_once_its_weights_are_others(folders, tmp_path):
    folder = shutil.copytree(folders[1], tmp_path / "chat")
    before = LocalModel(local(folder), "X", "text").model_id
    assert LocalModel(local(folder), "X", "text").model_id == before
    weights = folder / "model.safetensors"
    trained = bytearray(weights.read_bytes())
    trained[len(trained) // 2] ^= 1
    weights.write_bytes(trained)
    assert LocalModel(local(folder), "X", "text").model_id != before


@pytest.mark.model
def test_a_hub_model_is_known_by_its_revision_and_loaded_at_it(folders, tmp_path, monkeypatch):
    kept = tmp_path / "models--limn--chat"
    for revision in ("a" * 40, "b" * 40):
        shutil.copytree(folders[1], kept / "snapshots" / revision)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    model = LocalModel(local("limn/chat"), "X", "text")
    assert model.model_id == "limn/chat@aaaaaaaaaaaa"
    (kept / "refs" / "main").write_text("b" * 40)  # the hub goes on
    (kept / "snapshots" / ("b" * 40) / "model.safetensors").unlink()
    assert len(list(model.answers([HELLO]))) == 1
    assert LocalModel(local("limn/chat"), "X", "text").model_id == "limn/chat@bbbbbbbbbbbb"
    assert LocalModel(local("limn/none"), "X", "text").model_id == "limn/none"


def test_quantisation_says_what_to_install(folders, monkeypatch):
    monkeypatch.setattr("encoder.describing.quantising.find_spec", lambda _: None)
    model = LocalModel(local(folders[1], quantisation="4bit"), "LIMN_DESCRIBE__ENRICHER", "text")
    with pytest.raises(ConfigurationFault, match="pip install accelerate bitsandbytes"):
        list(model.answers([HELLO]))


@pytest.fixture(scope="module")
def wide_captioner(tmp_path_factory):
    torch.set_num_threads(1)
    folder = write_tiny_captioner(tmp_path_factory.mktemp("models") / "captioner", width=64)
    whole = LocalModel(local(folder), "X", "image-text")
    return folder, next_words(whole), whole._loaded[1].get_memory_footprint()


def next_words(model):
    """Scores of all tokens after a picture and a word, by the model itself."""
    processor, network = model._loaded
    conversation = Conversation("You are terse.", ("hello",), IMAGES[0])
    inputs = processor.apply_chat_template(
        [model._messages(conversation)], tokenize=True, return_dict=True, return_tensors="pt"
    )
    with torch.inference_mode():
        return network(**inputs).logits[0, -1].numpy()


@pytest.mark.model
@pytest.mark.parametrize(
    ("bits", "layer", "n_bytes"), [("8bit", "Linear8bitLt", 1), ("4bit", "Linear4bit", 0.5)]
)
def test_a_quantised_captioner_answers_nearly_as_the_whole_one(
    wide_captioner, bits, layer, n_bytes, caplog
):
    folder, whole_scores, whole_bytes = wide_captioner
    model = LocalModel(local(folder, quantisation=bits), "X", "image-text")
    (described, again) = ModelCaptioner(model, load_prompt("caption")).caption(
        IMAGES[:2], FIGURES[:2]
    )
    assert min(described.tokens.completion, again.tokens.completion) > 0
    assert not [record for record in caplog.records if "will be cast" in record.getMessage()]
    network = model._loaded[1]
    quantised = [one for one in network.modules() if type(one).__name__ == layer]
    assert sum(one.weight.numel() * one.weight.element_size() for one in quantised) == sum(
        int(one.in_features * one.out_features * n_bytes) for one in quantised
    )
    assert len(quantised) > 20
    assert network.get_memory_footprint() < 0.7 * whole_bytes
    assert np.corrcoef(next_words(model), whole_scores)[0, 1] > 0.9


@pytest.mark.model
def test_four_bits_are_refused_where_a_processor_cannot_compute_with_them(folders):
    model = LocalModel(local(folders[1], quantisation="4bit"), "LIMN_DESCRIBE__ENRICHER", "text")
    with pytest.raises(ConfigurationFault, match="ENRICHER__QUANTISATION to 8bit"):
        list(model.answers([HELLO]))


class ServeInThread(Serve):
    """`transformers serve`, in a thread that closes its event loop."""

    def start_server(self):
        self._thread = threading.Thread(target=self.server.run)
        self._thread.start()
        while not self.server.started:
            time.sleep(0.02)


@pytest.fixture(scope="module")
def served(folders):
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    server = ServeInThread(
        str(folders[0]), host="127.0.0.1", port=port, device="cpu", non_blocking=True
    )
    yield f"http://127.0.0.1:{port}/v1", str(folders[0])
    server.kill_server()


@pytest.mark.model
def test_a_real_server_answers_the_real_client_with_a_picture(served, encoder, tmp_path):
    url, model = served
    own = ProviderSettings(url=url, model=model, max_answer_tokens=16, n_parallel=1)
    providers = open_providers(DescribeSettings(captioner=own, enricher=own), encoder, tmp_path)
    (caption,) = providers.captioner.caption(IMAGES[:1], FIGURES[:1])
    assert caption.tokens.prompt > 500
    assert 0 < caption.tokens.completion <= 16
    (flawed,) = providers.enricher.enrich(FIGURES[:1], [()])
    (written,) = providers.enricher.enrich(FIGURES[:1], [()], [flawed])
    assert written.texts == ()
    assert "asked twice" in written.problem  # random bytes are no JSON
