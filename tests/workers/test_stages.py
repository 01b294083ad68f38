"""What the stages make of figures, without services."""

from types import SimpleNamespace

import numpy as np

from core.records import Provenance
from workers.figure_points import store_vectors


class Encoder:
    encoder_id = "fake"

    def encode_images(self, images):
        return np.stack([np.full(2, image.mean()) for image in images]).astype(np.float32)

    def encode_texts(self, texts):
        return np.array([[len(text), 0] for text in texts], np.float32)


def test_store_vectors_of_a_figure_without_texts_has_an_image_vector_alone():
    kept = {}

    def keep(encoder_id, ids, image, text=None, *, revisions):
        for idx, figure_id in enumerate(ids):
            kept[figure_id] = (image[idx].tolist(), None if text is None else text[idx].tolist())

    rows = [
        SimpleNamespace(
            figure=SimpleNamespace(figure_id=name, sha256=name),
            texts=[SimpleNamespace(text=text, provenance=Provenance.GRANT)] if text else [],
            revision="1",
        )
        for name, text in (("a", ""), ("b", "chair"), ("c", ""))
    ]
    pictures = SimpleNamespace(get_figure=lambda name: np.full((2, 2), ord(name), np.uint8))
    nothing = SimpleNamespace(figure_ids=(), image=np.zeros((0, 0)))
    catalogue = SimpleNamespace(store_embeddings=keep, embeddings=lambda *_: nothing)
    resources = SimpleNamespace(encoder=Encoder(), pictures=pictures, catalogue=catalogue)
    assert store_vectors(resources, rows) == rows
    assert kept == {"a": ([97, 97], None), "b": ([98, 98], [1, 0]), "c": ([99, 99], None)}
