"""Backbones by kind, their pretrained weights, and the projector fitted in closed form."""

import numpy as np
import pytest
import torch
from transformers import ViTConfig, ViTModel

from core.errors import ConfigurationFault
from encoder.model import DrawingNet, ModelConfig
from encoder.training.features import PooledFeatures
from encoder.training.pretrained import load_backbone, load_network
from encoder.training.projector_fit import whitened_to_text

VIT = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 32,
    "patch_size": 16,
}
SWIN = {"image_size": 64, "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4}


def hub(model_type, options, **changes):
    backbone = {"kind": "transformers", "model_type": model_type, "options": options}
    return DrawingNet(
        ModelConfig.model_validate({"backbone": backbone, "dimension": 12, **changes})
    )


@pytest.mark.parametrize(
    ("model_type", "options", "size_px"),
    [
        ("resnet", {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}, 32),
        ("vit", VIT, 32),
        ("swinv2", SWIN, 64),
    ],
)
@pytest.mark.parametrize("pooling", ["mean", "mean-max", "gem"])
def test_a_backbone_of_transformers_embeds_ink(model_type, options, size_px, pooling):
    net = hub(model_type, options, pooling=pooling).eval()
    vectors = net(torch.rand(2, 1, size_px, size_px))
    assert vectors.shape == (2, 12)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-5)


def test_no_projector_where_dimensions_agree():
    net = hub("vit", VIT, pooling="mean", dimension=16)
    assert isinstance(net.projector, torch.nn.Identity)


def test_weights_of_a_local_folder_fill_the_backbone(tmp_path):
    ViTModel(ViTConfig(**VIT), add_pooling_layer=True).save_pretrained(tmp_path)
    first, second = hub("vit", VIT), hub("vit", VIT)
    for net in (first, second):
        load_backbone(net, str(tmp_path))
    for name, value in first.backbone.state_dict().items():
        assert torch.equal(value, second.backbone.state_dict()[name]), name


def test_weights_that_are_not_there_say_so(tmp_path):
    with pytest.raises(ConfigurationFault, match="no weights"):
        load_backbone(hub("vit", VIT), str(tmp_path))
    with pytest.raises(ConfigurationFault, match="kind resnet"):
        load_backbone(DrawingNet(ModelConfig()), "imagenet")


@pytest.mark.parametrize(
    ("kind", "pooling", "n_values"),
    [("efficientnet-lite0", "mean", 1280), ("efficientnet-lite1", "stages", 112 + 192 + 320)],
)
def test_imagenet_weights_tell_a_cross_from_stripes(kind, pooling, n_values):
    shape = {"backbone": {"kind": kind}, "pooling": pooling}
    net = DrawingNet(ModelConfig.model_validate(shape)).eval()
    load_backbone(net, "imagenet")
    ink = torch.zeros(4, 1, 64, 64)
    ink[0, 0, 8:56, 30:34] = ink[0, 0, 30:34, 8:56] = 1
    ink[1, 0, 10:54, 32:36] = ink[1, 0, 28:32, 10:54] = 1
    ink[2, 0, 8:56:6] = 1
    ink[3, 0, 10:58:6] = 1
    with torch.inference_mode():
        pooled = net.pool(ink)
    assert pooled.shape == (4, n_values)
    pooled = torch.nn.functional.normalize(pooled - pooled.mean(dim=0), dim=1)
    scores = pooled @ pooled.T - 2 * torch.eye(4)
    assert scores.argmax(dim=1).tolist() == [1, 0, 3, 2]


def test_only_networks_with_stages_can_pool_them():
    with pytest.raises(ValueError, match="efficientnet-lite"):
        ModelConfig(pooling="stages")


def test_a_checkpoint_folder_fills_the_network_and_another_shape_is_refused(tiny_checkpoint):
    from encoder.sentence_module import DrawingModule

    kept = DrawingModule.load(str(tiny_checkpoint)).net
    net = DrawingNet(kept.config)
    load_network(net, tiny_checkpoint)
    assert torch.equal(net.projector[0].weight, kept.projector[0].weight)
    with pytest.raises(ConfigurationFault, match="another shape"):
        load_network(DrawingNet(ModelConfig()), tiny_checkpoint)


def test_whitening_plays_down_what_differs_within_objects_and_turns_to_texts():
    rng = np.random.default_rng(0)
    objects = np.repeat(np.arange(40), 6)
    telling = rng.normal(size=(40, 3)).astype(np.float32)
    features = np.zeros((240, 8), np.float32)
    features[:, :3] = telling[objects] + 0.05 * rng.normal(size=(240, 3))
    features[:, 3:] = 5 * rng.normal(size=(240, 5))  # the side seen from, the pen
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    texts = telling @ turn
    texts = (texts / np.linalg.norm(texts, axis=1, keepdims=True)).astype(np.float32)
    weight, bias = whitened_to_text(PooledFeatures(features, objects), texts[objects], 0.01)
    outputs = features @ weight.T + bias
    vectors = outputs / np.linalg.norm(outputs, axis=1, keepdims=True)
    assert np.linalg.norm(outputs, axis=1).mean() == pytest.approx(1, abs=1e-4)
    assert (vectors * texts[objects]).sum(axis=1).mean() > 0.9
    nearest = (vectors @ vectors.T - 2 * np.eye(240)).argmax(axis=1)
    assert (objects[nearest] == objects).mean() > 0.9
