"""How many requests, how long: by operation and status class. Nothing per person, project or tenant."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CLASSES = ("2xx", "4xx", "5xx")

Count = Callable[[int, float], None]


class Metrics:
    """The numbers of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "muster_http_requests", "Requests answered.", ("operation", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "muster_http_request_seconds",
            "Seconds from the request's headers to the last byte handed to the server.",
            ("operation",),
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )

    def of(self, operation: str) -> Count:
        """What counts one operation: call it with the status and the seconds."""
        by_class = {int(name[0]): self._requests.labels(operation, name).inc for name in CLASSES}
        observe = self._seconds.labels(operation).observe

        def count(status: int, seconds: float) -> None:
            by_class[status // 100]()
            observe(seconds)

        return count

    def text(self) -> tuple[bytes, bytes]:
        """(content type, body) in the Prometheus text format."""
        return CONTENT_TYPE_LATEST.encode(), generate_latest(self.registry)
