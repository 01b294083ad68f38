"""What a training process frees stays with it while it trains, and goes back afterwards."""

import json
import subprocess
import sys

IN_A_PROCESS = """
import json
from pathlib import Path
from encoder.training.kept_memory import kept_memory

def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

def take_and_free():
    block = bytearray(b"x") * (200 << 20)
    del block

before = held_mb()
take_and_free()
usual = held_mb() - before
with kept_memory():
    take_and_free()
    kept = held_mb() - before
afterwards = held_mb() - before
print(json.dumps([usual, kept, afterwards]))
"""


def test_freed_memory_is_kept_within_the_block_and_given_back_after_it() -> None:
    told = subprocess.run([sys.executable, "-c", IN_A_PROCESS], check=True, capture_output=True)
    usual, kept, afterwards = json.loads(told.stdout)
    assert usual < 50
    assert kept > 150
    assert afterwards < 50
