"""What each route of the REST API and each page needs; `core.access` says which role has it."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.routing import compile_path

from core.access import Permission

_READ, _SEARCH, _OPERATE = Permission.READ, Permission.SEARCH, Permission.OPERATE
_ADMINISTER = Permission.ADMINISTER
ROUTES: Mapping[str, Permission | None] = MappingProxyType(
    {
        "GET /openapi.json": _READ,
        "GET /health/live": None,
        "GET /health/ready": _READ,
        "GET /metrics": _OPERATE,
        "POST /search": _SEARCH,
        "POST /search/facets": _SEARCH,
        "POST /search/classes": _SEARCH,
        "POST /explain": _SEARCH,
        "GET /explain": _SEARCH,
        "GET /publications/{publication_id}": _READ,
        "GET /figures/{figure_id:path}": _READ,
        "POST /corrections": _OPERATE,
        "GET /corrections": _READ,
        "DELETE /corrections": _OPERATE,
        "GET /pictures/{sha256}": _READ,
        "GET /thumbnails/{sha256}": _READ,
        "GET /queries/{sha256}": _READ,
        "GET /queries/{sha256}/picture": _READ,
        "POST /queries": _SEARCH,
        "GET /casebook/projects": _READ,
        "GET /casebook/searches": _READ,
        "POST /casebook/searches": _SEARCH,
        "GET /casebook/searches/{search_id}": _READ,
        "POST /casebook/searches/{search_id}/run": _READ,
        "GET /casebook/searches/{search_id}/hits.{kind}": _READ,
        "POST /casebook/exports/{kind}": _SEARCH,
        "GET /casebook/marks": _READ,
        "POST /casebook/marks": _SEARCH,
        "GET /casebook/watches": _READ,
        "POST /casebook/watches/run": _SEARCH,
        "PUT /casebook/watches/{search_id}": _SEARCH,
        "DELETE /casebook/watches/{search_id}": _SEARCH,
        "GET /casebook/members": _ADMINISTER,
        "POST /casebook/members": _ADMINISTER,
        "DELETE /casebook/members": _ADMINISTER,
        "GET /keys": _ADMINISTER,
        "POST /keys": _ADMINISTER,
        "DELETE /keys/{key_id}": _ADMINISTER,
        "GET /certificates": _READ,
        "POST /certificates": _SEARCH,
        "GET /certificates/{certificate_id}/certificate.{kind}": _READ,
        "POST /certificates/replay": _SEARCH,
        "POST /uploads": _OPERATE,
        "POST /uploads/dry-run": _OPERATE,
        "GET /uploads": _OPERATE,
        "GET /uploads/{upload_id}": _OPERATE,
        "POST /uploads/{upload_id}/lost-questions": _OPERATE,
    }
)
"""By method and path below `/api/v1`; None for what needs no sign-in."""
PAGES: Mapping[str, Permission] = MappingProxyType(
    {
        "search.py": _SEARCH,
        "compare.py": _SEARCH,
        "embedding_map.py": _SEARCH,
        "casebook.py": _READ,
        "uploads.py": _OPERATE,
        "dashboards.py": _OPERATE,
        "models.py": Permission.ADMINISTER,
        "publication.py": _READ,
        "account.py": _READ,
    }
)
_COMPILED = tuple(
    (method, compile_path(path)[0], needed)
    for (method, path), needed in ((key.split(" ", 1), needed) for key, needed in ROUTES.items())
)


def needed_for(method: str, path: str) -> Permission | None:
    """What a request needs; one that the table does not know needs the most there is.

    Args:
        method: ``GET``; a HEAD request is as good as a GET.
        path: Below `/api/v1`.

    Example:
        >>> needed_for("GET", "/health/live"), needed_for("POST", "/made/up").value
        (None, 'administer')
    """
    asked = "GET" if method == "HEAD" else method
    for known, pattern, needed in _COMPILED:
        if known == asked and pattern.match(path):
            return needed
    return Permission.ADMINISTER
