"""One queue server and one index for the tests of this room."""

from tests.workers.conftest import index_url, queue_url, work_queue

__all__ = ["index_url", "queue_url", "work_queue"]
