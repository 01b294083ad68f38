"""Head, middle and tail: classes by how many publications they have."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Part: TypeAlias = Literal["head", "middle", "tail"]
PARTS: tuple[Part, ...] = ("head", "middle", "tail")


def class_counts(
    classes: NDArray[np.str_], publications: NDArray[np.str_]
) -> tuple[tuple[str, int], ...]:
    """Publications of each class, most frequent class first, then by name.

    Args:
        classes: str [N], class of each figure; empty where unknown, and not counted.
        publications: str [N].

    Example:
        >>> class_counts(np.array(["b", "a", "a", ""]), np.array(["P", "Q", "Q", "R"]))
        (('a', 1), ('b', 1))
    """
    pairs = {(str(c), str(p)) for c, p in zip(classes, publications, strict=True) if c}
    counts = Counter(class_name for class_name, _ in pairs)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def parts_of_classes(counts: tuple[tuple[str, int], ...]) -> Mapping[str, Part]:
    """Cut the classes, most frequent first, into three parts of about as many publications each.

    A class belongs to the head while less than a third of all publications lie in more frequent
    classes, to the middle while less than two thirds do, to the tail after that. The paper does not
    say where it cuts; this cut gives each part a like weight whatever the size of the set.

    Example:
        >>> parts_of_classes((("chair", 3), ("lamp", 2), ("rug", 1), ("urn", 1)))
        {'chair': 'head', 'lamp': 'middle', 'rug': 'tail', 'urn': 'tail'}
    """
    total = sum(count for _, count in counts)
    parts: dict[str, Part] = {}
    before = 0
    for name, count in counts:
        parts[name] = PARTS[min(2, 3 * before // total)]
        before += count
    return parts
