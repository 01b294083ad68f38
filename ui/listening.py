"""The page server's socket, without the 40 ms that small answers would wait in it.

asyncio turns Nagle's algorithm off for sockets that say they are TCP. Streamlit's says nothing, so
the body of an answer, or the next message to a page, waited until the browser had acknowledged what
went before: 40 ms for each thumbnail and each part of a page.
"""

import socket

from streamlit.web.server.starlette import starlette_server

_bind = starlette_server._bind_socket


def send_without_delay() -> None:
    """Let whatever Streamlit listens at from now on send at once.

    Streamlit has no option for it and makes the socket in a function of its own. Connections take
    the choice over from the socket that accepts them.
    """
    starlette_server._bind_socket = _bind_without_delay


def _bind_without_delay(address: str, port: int, backlog: int) -> socket.socket:
    listener = _bind(address, port, backlog)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
