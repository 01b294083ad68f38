"""Serve the home that LIMN_* names, with the fake encoder, until SIGTERM."""

import runpy
import sys
from pathlib import Path

from core.logs import configure_logs
from core.settings import Settings
from ui.server import serve

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))  # conftest.py imports its neighbours
    conftest = runpy.run_path(str(Path(__file__).with_name("conftest.py")), run_name="conftest")
    settings = Settings()
    configure_logs(settings.log)
    sys.argv = sys.argv[:1]
    serve(conftest["open_context"](settings))
