"""Where a drawing is seen from, and the projection onto paper."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.records import View


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A direction of view.

    From azimuth 0 and elevation 0 the front is seen; azimuth 90 shows the right side, elevation 90
    the top.
    """

    azimuth_deg: float
    elevation_deg: float
    perspective: float = 0.0
    """0 is orthographic; p makes the far end of the object 1 + 2p times smaller than the near."""

    def rotation(self) -> NDArray[np.float64]:
        """Rows are paper right, paper up and away from the viewer: float64 [3, 3]."""
        azimuth, elevation = np.radians([self.azimuth_deg, self.elevation_deg])
        sin_a, cos_a = np.sin(azimuth), np.cos(azimuth)
        sin_e, cos_e = np.sin(elevation), np.cos(elevation)
        return np.array(
            [
                [cos_a, sin_a, 0.0],
                [-sin_a * sin_e, cos_a * sin_e, cos_e],
                [-sin_a * cos_e, cos_a * cos_e, -sin_e],
            ]
        )

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn points into paper coordinates: right, up, depth away from the viewer.

        Straight lines and planes stay straight and flat also in perspective, depth included.

        Args:
            points: float64 [N, 3], N ≥ 1.

        Returns:
            float64 [N, 3], in the unit of the points.
        """
        turned = points @ self.rotation().T
        if self.perspective == 0:
            return turned
        middle = (turned.min(axis=0) + turned.max(axis=0)) / 2
        centred = turned - middle
        half_depth = max(float(np.abs(centred[:, 2]).max()), 1e-12)
        # nearer than the middle is larger: scale 1 at the middle, 1 / (1 + p) at the far end
        scale = 1 / (1 + self.perspective / (1 + self.perspective) * centred[:, 2] / half_depth)
        return np.asarray(centred * scale[:, None] + middle, np.float64)


STANDARD_VIEWS: dict[View, Viewpoint] = {
    View.PERSPECTIVE: Viewpoint(35, 25),
    View.FRONT: Viewpoint(0, 0),
    View.REAR: Viewpoint(180, 0),
    View.LEFT: Viewpoint(-90, 0),
    View.RIGHT: Viewpoint(90, 0),
    View.TOP: Viewpoint(0, 90),
    View.BOTTOM: Viewpoint(0, -90),
}
"""The seven views of a design application."""
