"""Drawings laid in eight ways, and which of them an encoder tells apart."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.ports import Embeddings, GreyImage
from search.orientation import Orientation, Orientations, embed_laid, lay, told_apart
from tests.search.figures import FakeEncoder, unit


class MirrorBlind(FakeEncoder):
    """Sums a picture and its mirror images."""

    encode_once = FakeEncoder.encode_images

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        flips = (np.s_[:, :], np.s_[::-1, :], np.s_[:, ::-1], np.s_[::-1, ::-1])
        return unit(sum(self.encode_once([image[flip] for image in images]) for flip in flips))


def test_lay_gives_eight_different_pictures() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    laid = {lay(picture, orientation).tobytes() for orientation in Orientation}
    assert len(laid) == 8
    assert (lay(picture, Orientation.MIRRORED_180) == picture[::-1]).all()


def test_told_apart_drops_what_an_encoder_cannot_see() -> None:
    kept = told_apart(MirrorBlind(), list(Orientation))
    assert kept == (Orientation.AS_DRAWN, Orientation.TURNED_90)


def test_auto_turns_a_lone_picture_and_only_mirrors_several() -> None:
    orientations = Orientations(MirrorBlind())
    assert len(orientations.tolerated("auto", 1)) == 2
    assert orientations.tolerated("auto", 3) == (Orientation.AS_DRAWN,)
    assert orientations.tolerated("auto", 0) == (Orientation.AS_DRAWN,)


@pytest.mark.parametrize("n_cores", [1, 3, 16])
def test_embed_laid_keeps_order_on_any_number_of_cores(
    n_cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: n_cores)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (9, 12), dtype=np.uint8) for _ in range(2)]
    rows = embed_laid(FakeEncoder(), pictures, tuple(Orientation))
    for picture, laid in zip(pictures, rows, strict=True):
        alone = [FakeEncoder().encode_images([lay(picture, o)])[0] for o in Orientation]
        assert (laid == np.stack(alone)).all()


class Counting(FakeEncoder):
    """Counts what it embeds."""

    n_images = 0

    def encode_images(self, images: list[np.ndarray]) -> np.ndarray:
        self.n_images += len(images)
        return super().encode_images(images)


def test_a_picture_that_is_asked_again_is_not_embedded_again() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 256, (9, 12), dtype=np.uint8) for _ in range(2))
    encoder = Counting()
    orientations = Orientations(encoder)
    drawn = (Orientation.AS_DRAWN, Orientation.MIRRORED)

    (alone,) = orientations.embed([first], drawn)
    both = orientations.embed([first.copy(), second, first], drawn)

    assert encoder.n_images == 4
    assert (both[0] == alone).all()
    assert (both[2] == alone).all()
    assert (both[1] == embed_laid(FakeEncoder(), [second], drawn)[0]).all()
    assert len(orientations.embed([first.reshape(12, 9)], drawn)) == 1
    assert encoder.n_images == 6, "the same pixels in another shape are another picture"


def test_the_last_pictures_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.orientation._KEPT_PICTURES", 2)
    encoder = Counting()
    orientations = Orientations(encoder)
    drawn = (Orientation.AS_DRAWN,)
    pictures = [np.full((4, 4), tone, np.uint8) for tone in (0, 100, 200)]

    for picture in (*pictures, pictures[0]):
        orientations.embed([picture], drawn)

    assert encoder.n_images == 4
