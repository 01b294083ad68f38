"""A service on loopback that answers as it is told to, and remembers what it was asked."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FaultServer(ThreadingHTTPServer):
    """Give `answer` a function from the question's JSON to (status, headers, body); 0 hangs up."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[dict], tuple[int, dict[str, str], bytes]] = lambda _: completion("")
        self.questions: list[dict] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultServer

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.questions.append(question)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        status, headers, body = self.server.answer(question)
        if not status:  # hung up without a word
            self.close_connection = True
            return
        headers = {"content-length": str(len(body)), **headers}
        with suppress(BrokenPipeError, ConnectionResetError):  # who asked has heard enough
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def completion(content, *, finish="stop", prompt_tokens=7, completion_tokens=11):
    """A chat completion as services send it."""
    body = {
        "id": "1",
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content},
            }
        ],
        "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens},
    }
    return 200, {}, json.dumps(body).encode()


def descriptions(*texts):
    """A chat completion of the form an enricher wants."""
    return completion(json.dumps({"descriptions": list(texts)}))


@contextmanager
def serving():
    """A `FaultServer` that runs."""
    server = FaultServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def slowly(seconds, answer):
    """The same answer, after a while."""

    def wait(question):
        time.sleep(seconds)
        return answer

    return wait
