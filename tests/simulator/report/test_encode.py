"""Reports are bytes: one form for the same numbers."""

import json

from simulator.report import encode_report


def test_encode_report_order_of_keys_does_not_matter() -> None:
    assert encode_report({"b": 1, "a": [2]}) == encode_report({"a": (2,), "b": 1})


def test_encode_report_is_indented_utf_8_with_a_final_newline() -> None:
    assert (
        encode_report({"b": "\u00e9", "a": 1.5}) == '{\n  "a": 1.5,\n  "b": "\u00e9"\n}\n'.encode()
    )


def test_encode_report_reads_back() -> None:
    report = {"metrics": {"a.b": 10**18, "c": 0.000001}, "run": None}

    assert json.loads(encode_report(report)) == report
