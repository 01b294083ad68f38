"""Drawings laid in eight ways, and which of them an encoder tells apart."""

from collections.abc import Sequence

import numpy as np

from core.ports import Embeddings, GreyImage
from search.orientation import Orientation, Orientations, lay, told_apart
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
