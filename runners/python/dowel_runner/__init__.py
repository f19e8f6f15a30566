"""Serves Python models: as a worker of a Dowel server, or as an HTTP server of its own."""

__version__ = "0.1.0"
