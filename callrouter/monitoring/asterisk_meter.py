"""How Asterisk answers: what its requests take, how many fail, how late its events come."""

from callrouter.monitoring.families import FAST, Counter, Family, Histogram, Series
from callrouter.monitoring.worst import Worst


class AsteriskMeter:
    """Looks on at every Asterisk of the router; `late` is how late its events were of late."""

    def __init__(self) -> None:
        self.late = Worst()
        self._series: dict[tuple[str, str, str], Series] = {}
        self._requests = Histogram(
            "callrouter_ari_request_seconds",
            "Requests to Asterisk, until they were answered or had failed; `channels/answer` is"
            " POST /channels/{id}/answer.",
            FAST,
            "method",
            "resource",
        )
        self._failed = Counter(
            "callrouter_ari_request_errors_total",
            "Requests to Asterisk that failed; `gone` is everyday life: somebody has hung up.",
            "error",
            ("gone", "refused", "unavailable"),
        )
        self._lag = Histogram(
            "callrouter_event_lag_seconds",
            "From Asterisk's own time of an event (StasisStart) until we have read it.",
            FAST,
        )

    def request(self, method: str, path: str, seconds: float, failed: str) -> None:
        parts = path.split("/", 4)
        key = method, parts[1], parts[3] if len(parts) > 3 else ""
        try:
            series = self._series[key]
        except KeyError:
            what = "/".join(filter(None, key[1:]))
            series = self._series[key] = self._requests.series(method, what)
        series.observe(seconds)
        if failed:
            self._failed.add(failed.lower())

    def event(self, lag: float) -> None:
        self._lag.observe(max(0.0, lag))
        self.late.note(lag)

    def families(self) -> list[Family]:
        return [self._requests.family(), self._failed.family(), self._lag.family()]
