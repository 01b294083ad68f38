"""`limn up`: all services of a home until somebody says stop."""

import time
from collections.abc import Callable

from core.settings import Settings
from ui.services import EVERYTHING
from ui.supervisor import Say, Session, own_services
from workers.ingestion import resume

_LOOK_EVERY_S = 0.5


def serve(settings: Settings, say: Say, prepare: Callable[[Session], None] | None = None) -> None:
    """Run every service, say where the pages are, and keep them alive until interrupted.

    Args:
        settings: Of the home to serve.
        say: Takes one line for the person watching.
        prepare: Work to do with the services before waiting.

    Raises:
        ServiceFailed: If another process serves this home, a port is taken, or services die
            again and again.
    """
    try:
        with own_services(settings, EVERYTHING, say) as session:
            n_resumed = resume(session.resources)
            if n_resumed:
                say(f"going on with {n_resumed:,} unfinished publications and figures")
            if prepare:
                prepare(session)
            ui = session.settings.ui
            say(f"pages and REST API at http://{ui.host}:{ui.port} (Ctrl-C stops everything)")
            while True:
                if session.check():
                    resume(session.resources)
                time.sleep(_LOOK_EVERY_S)
    except KeyboardInterrupt:
        say("stopped; everything taken in is kept")
