"""A model's folder as an HTTP server of its own: Open Inference Protocol v2, Seldon v1, Prometheus, health."""
