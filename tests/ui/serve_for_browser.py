"""Serve the home that LIMN_* names, with the fake encoder, until SIGTERM."""

import sys
from pathlib import Path

from core.logs import configure_logs
from core.settings import Settings
from ui.server import serve

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.ui.corpus import open_context

    settings = Settings()
    configure_logs(settings.log)
    sys.argv = sys.argv[:1]
    serve(open_context(settings))
