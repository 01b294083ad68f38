"""The packed cache: what is drawn once is not drawn again, whatever happens in between."""

import json
from functools import partial

import numpy as np
import pytest

from core.errors import PictureUnreadable, SourceInvalid
from encoder.training.drawings import Drawing, DrawnObject, is_built, read_drawing_set
from encoder.training.packing import pack_jobs

N_JOBS = 150
"""More than two blocks."""


def draw_bar(number):
    if number == 7:
        raise PictureUnreadable("7.png", "damaged")
    image = np.full((64, 64), 255, np.uint8)
    image[8:56, 2 + number % 50 : 6 + number % 50] = 0
    image[4 + number // 4 : 6 + number // 4, :60] = 0
    drawn = DrawnObject(f"bar {number // 2}", ("bar",), "06", f"D{number // 2}", ("DM/1",))
    return [Drawing(str(number // 2), drawn, image)]


def jobs():
    return [partial(draw_bar, number) for number in range(N_JOBS)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "bars"
    pack_jobs(folder, jobs(), recipe="bars")
    return folder


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_cache_tells_what_it_holds_and_what_could_not_be_read(whole):
    kept = read_drawing_set(whole)
    assert len(kept.object_idx) == N_JOBS - 1
    assert len(kept.objects) == N_JOBS // 2
    assert kept.objects[3] == DrawnObject("bar 3", ("bar",), "06", "D3", ("DM/1",))
    assert kept.n_unreadable == 1
    assert json.loads((whole / "unreadable.json").read_text()) == ["7.png: damaged"]
    assert is_built(whole, recipe="bars")
    assert not is_built(whole, recipe="beams")


@pytest.mark.parametrize("n_bytes_torn", [0, 1000])
def test_a_killed_packing_goes_on_and_gives_the_same_cache(tmp_path, whole, n_bytes_torn):
    class Killed(BaseException):
        """As a signal would."""

    def kill(n_done, n_jobs):
        assert n_jobs == N_JOBS
        raise Killed

    with pytest.raises(Killed):
        pack_jobs(tmp_path, jobs(), recipe="bars", progress=kill)
    with (tmp_path / "pixels.bin").open("ab") as pixels:
        pixels.write(b"x" * n_bytes_torn)
    with (tmp_path / "journal.jsonl").open("ab") as journal:  # torn within a letter
        journal.write('{"n_jobs": 9, "problems": ["ü'.encode()[:-1] * (n_bytes_torn > 0))
    seen = []
    drawn = [lambda job=job: seen.append(1) or job() for job in jobs()]
    pack_jobs(tmp_path, drawn, recipe="bars")
    assert len(seen) == N_JOBS - 64
    assert files(tmp_path) == files(whole)


def test_an_unfinished_cache_of_another_recipe_is_made_anew(tmp_path, whole):
    with pytest.raises(ZeroDivisionError):
        pack_jobs(tmp_path, jobs()[:3], recipe="beams", progress=lambda n, of: 1 / 0)
    pack_jobs(tmp_path, jobs(), recipe="bars")
    assert files(tmp_path) == files(whole)


def test_several_processes_give_the_same_cache(tmp_path, whole):
    pack_jobs(tmp_path, jobs(), recipe="bars", n_processes=2)
    assert files(tmp_path) == files(whole)


def test_nothing_drawn_is_an_error_that_says_why(tmp_path):
    with pytest.raises(SourceInvalid, match=r"first of 1 problems: 7.png: damaged"):
        pack_jobs(tmp_path, jobs()[7:8], recipe="bars")


def test_keep_leaves_the_drawings_and_objects_asked_for(whole):
    kept = read_drawing_set(whole)
    some = kept.keep(kept.object_idx % 2 == 1)
    assert [drawn.label for drawn in some.objects[:2]] == ["bar 1", "bar 3"]
    first = np.flatnonzero(kept.object_idx == 1)
    assert np.array_equal(some.packed_at(np.array([0, 1])), kept.packed_at(first))
    assert sum(len(block) for block in some.iter_packed()) == len(some.object_idx)
    assert some.sha256() != kept.sha256()
    assert kept.keep(np.ones(len(kept.rows), bool)).sha256() == kept.sha256()


def test_a_folder_without_a_cache_is_refused(tmp_path):
    with pytest.raises(SourceInvalid, match="no finished drawing cache"):
        read_drawing_set(tmp_path)
