"""Runs side by side fill one cache together, each part of it once."""

import time
from threading import Barrier, Thread

import numpy as np
from PIL import Image

from encoder.training import caches, text_space
from encoder.training.caches import build_caches
from encoder.training.config import read_config
from encoder.training.text_space import embed_texts_cached
from tests.encoder.test_parallel import CONFIG


def together(*tasks):
    """Start all at once, and wait for them."""
    barrier = Barrier(len(tasks))

    def start(task):
        barrier.wait()
        task()

    threads = [Thread(target=start, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_texts_that_two_ask_for_at_once_are_all_kept(tmp_path, monkeypatch):
    asked = []

    def embed(texts):
        asked.extend(texts)
        time.sleep(0.05)
        return np.full((len(texts), 384), len(asked), np.float32)

    monkeypatch.setattr(text_space, "_embed", embed)
    together(
        lambda: embed_texts_cached(["chair", "lamp"], tmp_path / "cache"),
        lambda: embed_texts_cached(["lamp", "mug"], tmp_path / "cache"),
    )
    assert sorted(asked) == ["chair", "lamp", "mug"]
    embed_texts_cached(["chair", "lamp", "mug"], tmp_path / "cache")
    assert len(asked) == 3


def test_a_source_that_two_runs_open_at_once_is_packed_once(tmp_path, monkeypatch):
    pictures = tmp_path / "bars"
    pictures.mkdir()
    for number in range(3):
        pixels = np.full((40, 40), 255, np.uint8)
        pixels[5:35, 8 * number : 8 * number + 4] = 0
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    text = CONFIG.format(folder=tmp_path, batch_size=4).replace('"cache"\npath', '"manifest"\npath')
    (pictures / "manifest.csv").write_text("file\n0.png\n1.png\n2.png\n", encoding="utf-8")
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    config, pack, packed, found = read_config(tmp_path / "r.toml"), caches.pack_jobs, [], []

    def pack_slowly(folder, jobs, **how):
        packed.append(folder)
        time.sleep(0.05)
        pack(folder, jobs, **how)

    monkeypatch.setattr(caches, "pack_jobs", pack_slowly)
    together(*[lambda: found.append(build_caches(config)[0])] * 2)
    assert len(packed) == 1
    assert [len(one.object_idx) for one in found] == [3, 3]


def test_a_process_that_does_not_lead_writes_nothing_held_out(tmp_path):
    pictures, held_out = tmp_path / "bars", tmp_path / "held_out.csv"
    pictures.mkdir()
    names = [f"{number}.png" for number in range(12)]
    for name in names:
        Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save(pictures / name)
    (pictures / "manifest.csv").write_text("\n".join(["file", *names]), encoding="utf-8")
    text = CONFIG.format(folder=tmp_path, batch_size=4).replace('"cache"\npath', '"manifest"\npath')
    split = f'share = 1\nheld_out_one_in = 3\nheld_out = "{held_out}"'
    (tmp_path / "r.toml").write_text(text.replace("share = 1", split), encoding="utf-8")
    config = read_config(tmp_path / "r.toml")
    build_caches(config, leads=False)
    assert not held_out.exists()
    build_caches(config)
    assert held_out.is_file()
