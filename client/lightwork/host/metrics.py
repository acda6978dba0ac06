"""Numbers for the team, in the Prometheus text format. Names are a promise to dashboards: they are not changed."""

from collections.abc import Callable, Iterable
from dataclasses import fields

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lightwork.domain.status import LossPoint
from lightwork.host.guard import Gate
from lightwork.host.service import HostCounters


class _Reading(Collector):
    """What service and gate know already is read when it is asked for."""

    def __init__(self, counters: Callable[[], HostCounters], gate: Gate) -> None:
        self._counters = counters
        self._gate = gate

    def collect(self) -> Iterable[Metric]:
        """As prometheus_client.Collector."""
        counters = self._counters()
        for field in fields(HostCounters):
            value = getattr(counters, field.name)
            if isinstance(value, LossPoint):
                yield GaugeMetricFamily("lightwork_held_out_version", "Version of the newest loss", value=value.version)
                yield GaugeMetricFamily("lightwork_held_out_loss", "Held-out loss, nats per token", value=value.loss)
            elif value is not None:
                yield GaugeMetricFamily(f"lightwork_{field.name}", field.name.replace("_", " "), value=float(value))
        yield GaugeMetricFamily("lightwork_connections", "Open connections", value=self._gate.connections)
        cut = GaugeMetricFamily("lightwork_connections_cut", "Connections ended by the host", labels=["reason"])
        for reason, count in self._gate.cut.items():
            cut.add_metric([reason], count)
        yield cut


class Metrics:
    """Counts requests, and collects everything for `GET /metrics`."""

    def __init__(self, counters: Callable[[], HostCounters], gate: Gate) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Reading(counters, gate))
        self._requests = Counter(
            "lightwork_requests", "Requests by route and status", ["route", "status"], registry=self._registry
        )
        self._refusals = Counter("lightwork_refusals", "Refusals by name", ["refusal"], registry=self._registry)

    def request(self, route: str, status: int) -> None:
        """A request was answered. `route` is a pattern, never a path, of which there is no end."""
        self._requests.labels(route, str(status)).inc()

    def refused(self, refusal: str) -> None:
        """A request was refused."""
        self._refusals.labels(refusal).inc()

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)
