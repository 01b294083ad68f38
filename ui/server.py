"""The page server: Streamlit pages and the REST routes in one process.

``python -m ui.server`` serves the home and services that `LIMN_*` names; `limn up` starts it so.
"""

import gc
import threading
import time
from functools import partial
from importlib import import_module
from pathlib import Path

import structlog
from starlette.middleware import Middleware
from starlette.routing import Mount
from streamlit.starlette import App

from core.errors import LimnError
from core.logs import configure_logs
from core.settings import read_settings
from ui.api import build_api
from ui.context import UiContext, build_context, install_context
from ui.guard import RequestGuard, check_exposure
from ui.identity import streamlit_secrets
from ui.listening import send_without_delay
from ui.page_document import page_routes
from ui.provider_answers import ProviderAnswers
from ui.sign_in import sign_in_routes
from ui.theme import streamlit_options
from workers.ingestion import start_upload
from workers.purging import keep_purging
from workers.resources import Resources

_SHELL = Path(__file__).parent / "pages" / "shell.py"
# Streamlit imports these when the first widget is drawn; that person would wait for them.
_NEEDED_BY_WIDGETS = ("pandas", "pyarrow")
_LOOK_FOR_MODEL_S = 2.0
_WARM_UP_S = 5.0
"""At most so long nobody is answered yet; a core that warms up is one the first page lacks."""
log = structlog.get_logger()


def build_app(context: UiContext) -> App:
    """The ASGI application: REST under `/api/v1`, pages everywhere else.

    Raises:
        ConfigurationFault: If it would be open to more people than the settings say.
    """
    settings = context.resources.settings
    check_exposure(settings)
    install_context(context)
    return App(
        _SHELL,
        routes=[*sign_in_routes(context), *page_routes(), Mount("/api/v1", app=build_api(context))],
        middleware=[
            Middleware(RequestGuard, settings=settings),
            Middleware(ProviderAnswers, redirect_uri=settings.access.oidc.redirect_uri or ""),
        ],
        on_script_error=_log_script_error,
        secrets=streamlit_secrets(settings),
    )


def serve(context: UiContext) -> None:
    """Serve until SIGTERM or SIGINT."""
    app = build_app(context)
    for library in _NEEDED_BY_WIDGETS:
        import_module(library)
    is_warm = threading.Event()
    threading.Thread(target=_keep_open, args=(context, is_warm), name="model", daemon=True).start()
    over = threading.Event()
    purging = (lambda: context.resources, over)
    threading.Thread(target=keep_purging, args=purging, name="purge", daemon=True).start()
    is_warm.wait(_WARM_UP_S)
    _spare_collections()
    send_without_delay()
    try:
        app.run(config=streamlit_options(context.resources.settings.ui))
    finally:
        over.set()


def main() -> None:
    """Serve what the `LIMN_*` variables name."""
    settings = read_settings()
    configure_logs(settings.log)
    resources = Resources(settings)
    serve(build_context(resources, partial(start_upload, resources)))


def _keep_open(context: UiContext, is_warm: threading.Event) -> None:
    """Load the model before the first search asks for it, and each that is promoted later."""
    try:
        context.coverage.now()
        context.coverage.by_class()
        context.resources.search.warm_up()
    except LimnError as error:
        log.warning("search is not ready yet", error=str(error))
    is_warm.set()
    while True:
        time.sleep(_LOOK_FOR_MODEL_S)
        try:
            if context.follow_model():
                log.info("model taken up", encoder_id=context.resources.encoder.encoder_id)
        except LimnError as error:
            log.warning("the promoted model cannot be opened yet", error=str(error))


def _spare_collections() -> None:
    """Take what lives as long as the process out of garbage collections.

    Streamlit collects all garbage after every run of a page, while the browser asks for its
    pictures: a tenth of a second and more for nothing but modules and the open model.
    """
    gc.collect()
    gc.freeze()


def _log_script_error(error: Exception) -> bool:
    log.error("a page broke", exc_info=error)
    return False


if __name__ == "__main__":
    main()
