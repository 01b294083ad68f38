import numpy as np
import pytest

from encoder.evaluation.baselines import embed_hog, embed_lbp, embed_phash


@pytest.mark.parametrize(("embed", "size"), [(embed_hog, 1764), (embed_lbp, 54), (embed_phash, 64)])
def test_rows_are_finite_and_of_unit_length_or_zero_for_a_blank_drawing(drawings, embed, size):
    vectors = embed([*drawings, np.full((40, 40), 255, np.uint8)])
    assert vectors.shape == (6, size)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[:5] == pytest.approx(np.ones(5), abs=1e-5)
    assert lengths[5] == pytest.approx(0 if embed is embed_hog else 1, abs=1e-5)


@pytest.mark.parametrize("embed", [embed_hog, embed_lbp, embed_phash])
def test_paper_around_a_drawing_changes_nothing(drawings, embed):
    wide = [np.pad(image, ((40, 3), (7, 60)), constant_values=255) for image in drawings]
    assert embed(wide) == pytest.approx(embed(drawings), abs=1e-6)


def test_lbp_does_not_see_quarter_turns(drawings):
    square = [image for image in drawings if image.shape[0] == image.shape[1]]
    turned = [np.ascontiguousarray(np.rot90(image)) for image in square]
    assert (embed_lbp(square) * embed_lbp(turned)).sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert (embed_hog(square) * embed_hog(turned)).sum(axis=1).max() < 0.95


def test_phash_scores_count_equal_bits(drawings):
    hashes = embed_phash(drawings)
    bits = hashes > 0
    n_different = (bits[0] != bits[1]).sum()
    assert hashes[0] @ hashes[1] == pytest.approx(1 - n_different / 32)
