"""`limn up`: all services of a home until somebody says stop."""

import time
from collections.abc import Callable

import structlog

from core.errors import TransientError
from core.settings import Settings
from ui.services import EVERYTHING
from ui.supervisor import Say, Session, own_services
from workers.ingestion import resume

_LOOK_EVERY_S = 0.5
log = structlog.get_logger()


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
            is_owed = False
            while True:
                is_owed = session.check() or is_owed
                if is_owed:
                    is_owed = not _resumed(session)
                time.sleep(_LOOK_EVERY_S)
    except KeyboardInterrupt:
        say("stopped; everything taken in is kept")


def _resumed(session: Session) -> bool:
    """Send what is unfinished again, unless another service has died since."""
    try:
        resume(session.resources)
    except TransientError as error:
        log.warning("sent again when it answers", reason=str(error))
        return False
    return True
