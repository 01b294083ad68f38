"""A page that needs no script: for signing in, and for saying why that did not work."""

_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Limn: sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body {{ font: 16px/1.5 sans-serif; color: #24231f; background: #f8f6f1; margin: 0 }}
main {{ max-width: 24rem; margin: 18vh auto 0; padding: 0 1.5rem }}
h1 {{ font-family: serif; font-weight: 600; margin: 0 0 .25rem }}
a {{ color: #1f5673 }}
label {{ display: block; margin: 1.25rem 0 .35rem; font-weight: 600 }}
input {{ width: 100%; box-sizing: border-box; font: inherit; padding: .5rem .6rem;
  border: 1px solid #b9b2a3; border-radius: 6px; background: #fffefb }}
button {{ font: inherit; margin-top: 1rem; padding: .5rem 1.1rem; border: 0; border-radius: 6px;
  background: #1f5673; color: #fff; cursor: pointer }}
:focus-visible {{ outline: 3px solid #9cc8e1; outline-offset: 1px }}
[role=alert] {{ border-left: 4px solid #a33; padding: .1rem .8rem; background: #fbeeec }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e9e6df; background: #17181a }}
  a {{ color: #9cc8e1 }}
  input {{ color: inherit; background: #202225; border-color: #6a6d73 }}
  button {{ background: #34708f }}
  [role=alert] {{ background: #3a2220 }}
}}
</style>
<main><h1>Limn</h1>{inner}</main></html>"""


def plain_page(inner: str) -> str:
    """A whole document.

    Args:
        inner: HTML below the title; what comes from elsewhere is escaped already.
    """
    return _FRAME.format(inner=inner)
