"""The text that Prometheus reads: what its own parser makes of ours."""

from prometheus_client.parser import text_string_to_metric_families

from callrouter.monitoring.families import (
    MOST_SERIES,
    Counter,
    Histogram,
    exposition,
    gauge,
    gauges,
    info,
)


def test_prometheus_own_parser_reads_it() -> None:
    calls = Counter("x_calls_total", "Calls\nby \\ end.", "end", ("answered", "busy"))
    calls.add("answered")
    calls.add('odd"\\\n')
    took = Histogram("x_seconds", "Took.", (0.1, 1.0), "what")
    for seconds in (0.05, 0.1, 0.5, 7.0):
        took.observe(seconds, "ring")
    told = exposition(
        [
            calls.family(),
            took.family(),
            gauge("x_up", "Up.", True),
            gauges("x_free_bytes", "Room.", "place", [("spool", 1.5)]),
            info("x_info", "Version.", version="1"),
        ]
    )
    read = {family.name: family for family in text_string_to_metric_families(told)}
    assert read["x_calls"].documentation == "Calls\nby \\ end."
    assert {each.labels["end"]: each.value for each in read["x_calls"].samples} == {
        "answered": 1,
        "busy": 0,
        'odd"\\\n': 1,
    }
    assert read["x_seconds"].type == "histogram"
    assert [
        (each.name.removeprefix("x_seconds"), each.labels.get("le"), each.value)
        for each in read["x_seconds"].samples
    ] == [
        ("_bucket", "0.1", 2.0),
        ("_bucket", "1", 3.0),
        ("_bucket", "+Inf", 4.0),
        ("_sum", None, 7.65),
        ("_count", None, 4.0),
    ]
    assert [each.value for each in read["x_up"].samples] == [1.0]
    assert [each.value for each in read["x_free_bytes"].samples] == [1.5]
    assert read["x_info"].samples[0].labels == {"version": "1"}


def test_what_nothing_was_counted_of_is_there_as_nought() -> None:
    assert "x_total 0\n" in exposition([Counter("x_total", "X.").family()])
    assert 'x_seconds_bucket{le="+Inf"} 0\n' in exposition(
        [Histogram("x_seconds", "X.", (1,)).family()]
    )


def test_labels_are_bounded_whatever_happens() -> None:
    counted, took = Counter("x_total", "X.", "who"), Histogram("x_seconds", "X.", (1.0,), "who")
    for number in range(3 * MOST_SERIES):
        counted.add(str(number))
        took.observe(0.5, str(number))
    samples = counted.family().samples
    assert len(samples) == MOST_SERIES + 1
    assert samples[-1].labels == (("who", "other"),)
    assert samples[-1].value == 2 * MOST_SERIES
    assert len({each.labels[0] for each in took.family().samples}) == MOST_SERIES + 1
