"""`limn demo`: sample patents through the whole platform, with nothing prepared by hand."""

import os
import time
from pathlib import Path

import numpy as np
from platformdirs import user_data_path
from PIL import Image
from rich.console import Console

from core.errors import BadInput
from core.settings import Settings
from samples.archive import write_weekly_archives
from ui.ingest_run import ingest_archives
from ui.progress import IngestProgress
from ui.search_run import draw_hits, print_hits, run_search
from ui.services import EVERYTHING, INGESTING
from ui.supervisor import Session, own_services, use_services
from workers.ingestion import resume
from workers.resources import Resources

N_PUBLICATIONS = 60
N_ARCHIVES = 3
_SEED = 2024
