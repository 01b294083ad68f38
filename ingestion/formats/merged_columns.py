"""What is said of single pictures, kept with their publication."""

import json
from collections.abc import Mapping


def merge_columns(said: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Columns of a publication's pictures as columns of the publication.

    Args:
        said: Columns and their values, by file.

    Returns:
        The value where all files agree, else a JSON object by file; empty columns left out.

    Example:
        >>> merge_columns({"a": {"wood": "oak", "n": "1"}, "b": {"wood": "oak", "n": "2"}})
        {'wood': 'oak', 'n': '{"a": "1", "b": "2"}'}
    """
    merged = {}
    for column in dict.fromkeys(name for own in said.values() for name in own):
        values = {file: own.get(column, "") for file, own in said.items()}
        distinct = set(values.values())
        if distinct == {""}:
            continue
        alike = next(iter(distinct))
        merged[column] = alike if len(distinct) == 1 else json.dumps(values, ensure_ascii=False)
    return merged
