"""Plain tables."""

from collections.abc import Sequence
from html import escape

import streamlit as st


def draw_table(
    heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, n_numbers: int = 0
) -> None:
    """Draw text in rows; the last `n_numbers` columns stand right."""

    def style(position: int) -> str:
        return " class='limn-number'" if position >= len(heads) - n_numbers else ""

    head = "".join(f"<th{style(i)} scope='col'>{escape(h)}</th>" for i, h in enumerate(heads))
    body = "".join(
        f"<tr>{''.join(f'<td{style(i)}>{escape(cell)}</td>' for i, cell in enumerate(row))}</tr>"
        for row in rows
    )
    st.html(
        f"<table class='limn-table'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
