"""The command line."""

import argparse
import sys


def main(arguments):
    parser = argparse.ArgumentParser(prog="dowel_runner", description="Serves Python models.")
    commands = parser.add_subparsers(dest="command", required=True)
    worker = commands.add_parser("worker", help="serve a Dowel server over its socket; started by the server")
    worker.add_argument("socket")
    worker.add_argument("name", nargs="?", help="shown in the list of processes")
    serve = commands.add_parser("serve", help="serve a model's folder over HTTP")
    serve.add_argument("folder")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    serve.add_argument("--name", help="the model's name; default the folder's")
    serve.add_argument("--version", default="1")
    serve.add_argument("--flavor", help="python, sklearn or python_function; default by the folder's files")
    serve.add_argument("--max-body", type=int, default=32, metavar="MIB", help="largest body of a request")
    call = commands.add_parser("call", help="answer one Open Inference request from standard input")
    call.add_argument("folder")
    call.add_argument("--flavor")
    args = parser.parse_args(arguments)
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        print("The runner needs numpy, which %s does not have: %s" % (sys.executable, error), file=sys.stderr)
        return 3
    if args.command == "worker":
        from .worker import run
        return run(args.socket)
    if args.command == "call":
        from .web.once import run
        return run(args.folder, args.flavor)
    from .web.server import run
    return run(args)
