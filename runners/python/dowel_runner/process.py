"""The worker's process: it holds no door to the server but its socket, ends with the server and keeps within its memory."""

import fcntl
import os
import select
import signal
import sys

_F_SETSIG = getattr(fcntl, "F_SETSIG", 10)


def settle():
    """Leaves the server's terminal, ties the process's life to the server's and sends all that is printed one way."""
    try:
        os.setsid()
    except OSError:
        pass  # It leads a session already.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_server()
    os.dup2(1, 2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    _first_to_go()


def _end_with_server():
    """
    Standard input is a pipe that the server holds. When the server is gone, however it went, the kernel signals its end; no code of ours has to run
    for it, so a model that never gives up the interpreter ends as well.
    """
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if not sys.platform.startswith("linux"):
        return
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    if poll.poll(0):
        os._exit(0)  # It was gone before we asked to be told.


def _first_to_go():
    # When the machine runs out of memory, the kernel takes a worker before the server.
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError:
        pass


def limit_memory(megabytes):
    """Bounds what the process may allocate. Files mapped to memory, such as libraries, do not count."""
    if megabytes:
        import resource
        size = megabytes << 20
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
