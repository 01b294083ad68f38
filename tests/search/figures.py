"""Made-up figures and a made-up encoder."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from PIL import Image

from core.ports import Embeddings, GreyImage
from search.figure_point import FigurePoint

D = 16


def unit(rows: np.ndarray) -> Embeddings:
    rows = np.asarray(rows, np.float32)
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


class FakeEncoder:
    """Deterministic: a picture shrunk to 4×4 pixels is its embedding, a text's hash is its."""

    encoder_id = "fake-0001"
    dimension = D

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        small = [
            np.asarray(Image.fromarray(image).resize((4, 4), Image.Resampling.BOX), np.float32)
            for image in images
        ]
        return unit(np.stack(small).reshape(len(images), -1) - 128)

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        seeds = [uuid.uuid5(uuid.NAMESPACE_OID, text).int % 2**32 for text in texts]
        return unit(np.stack([np.random.default_rng(s).standard_normal(D) for s in seeds]))


def picture_of(vector: np.ndarray) -> GreyImage:
    """A picture that `FakeEncoder` embeds close to a vector."""
    scaled = vector / np.abs(vector).max() * 127 + 128
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8).reshape(4, 4)


def figure_points(n_publications: int = 12, n_figures: int = 5, seed: int = 0) -> list[FigurePoint]:
    """Publications in Locarno classes 01-08, two codes each, with dates a week apart."""
    rng = np.random.default_rng(seed)
    encoder = FakeEncoder()
    points = []
    for p in range(n_publications):
        title = f"Chair number {p}"
        base = rng.standard_normal(D)
        about = encoder.encode_texts([title])[0]
        for f in range(n_figures):
            view = ("front", "rear", "left", "right", "top")[f % 5]
            points.append(
                FigurePoint(
                    figure_id=f"US-D{p:07d}-S1/{f + 1}",
                    publication_id=f"US-D{p:07d}-S1",
                    image=unit(base + 0.5 * rng.standard_normal(D)),
                    text=unit(about + 0.01 * rng.standard_normal(D)) if p % 4 else None,
                    texts=(title, f"FIG. {f + 1} is a {view} view of a chair") if p % 4 else (),
                    office="US" if p % 3 else "EM",
                    kind="S1",
                    title=title,
                    locarno=(f"{p % 8 + 1:02d}-0{p % 3 + 1}", "28-03"),
                    locarno_edition="13",
                    us_class=(f"D{p % 5 + 1}/{300 + p}",),
                    view=view,
                    label=str(f + 1),
                    publication_date=date(2021, 1, 5) + timedelta(weeks=p),
                    filing_date=date(2020, 1, 5) if p % 2 else None,
                    effective_date=date(2019, 7, 5) + timedelta(days=p) if p % 3 else None,
                    owners=(f"Owner {p % 3}", "Joint owner") if p % 2 else (f"Owner {p % 3}",),
                    designers=(f"Designer {p % 4}",),
                    status="lapsed" if p % 5 == 0 else "published",
                    family=(f"DM{p // 2}",) if p % 6 < 2 else (),
                    picture=f"{p:04x}{f:04x}",
                    number_keys=(f"D{p}",),
                    leads=("publication", "view") if f == 0 else ("view",),
                    source="I20210105.tar",
                    caption=f"FIG. {f + 1} is a {view} view",
                )
            )
    return points
