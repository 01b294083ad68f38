"""Solids to draw, made in code."""

import numpy as np
import pytest

from drafting.mesh import Mesh, weld

_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


class Solids:
    """Builders of closed solids, counter-clockwise outward."""

    def box(self, size=(1.0, 1.0, 1.0), centre=(0.0, 0.0, 0.0), part: int = 0) -> Mesh:
        faces = [f for a, b, c, d in _SIDES for f in ((a, b, c), (a, c, d))]
        return Mesh(_CORNERS * size + centre, np.array(faces), np.full(12, part))

    def revolved(self, profile, n: int = 64, part: int = 0) -> Mesh:
        """Turn (radius, height) pairs, bottom to top, about the z axis."""
        radius, height = np.array(profile, np.float64).T[:, :, None]
        angle = np.arange(n) * 2 * np.pi / n
        rings = np.stack(
            [
                radius * np.cos(angle),
                radius * np.sin(angle),
                np.broadcast_to(height, (len(radius), n)),
            ],
            axis=2,
        )
        i, j = np.mgrid[: len(radius) - 1, :n].reshape(2, -1)
        a, b = i * n + j, i * n + (j + 1) % n
        faces = np.concatenate([np.stack([a, b, b + n], 1), np.stack([a, b + n, a + n], 1)])
        return weld(Mesh(rings.reshape(-1, 3), faces, np.full(len(faces), part)))

    def cylinder(
        self, radius: float = 0.4, height: float = 1.0, n: int = 64, part: int = 0
    ) -> Mesh:
        half = height / 2
        return self.revolved([(0, -half), (radius, -half), (radius, half), (0, half)], n, part)

    def ball(self, radius: float = 0.5, n: int = 64) -> Mesh:
        angle = np.linspace(-np.pi / 2, np.pi / 2, n // 2 + 1)
        return self.revolved([(radius * max(np.cos(a), 0), radius * np.sin(a)) for a in angle], n)


@pytest.fixture(scope="session")
def solids() -> Solids:
    return Solids()
