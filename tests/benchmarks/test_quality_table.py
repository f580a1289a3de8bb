"""The table of quality: a measurement replaces its own line and nothing else."""

from pathlib import Path

import pytest

from benchmarks.quality import table


def test_a_line_is_put_in_its_place_and_all_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "RESULTS.md"
    monkeypatch.setattr(table, "RESULTS", file)
    for name in ("drift", "calibration", "determinism"):
        table.put(name, table.line({"name": name, "asked": 1, "reached": 1}, "abc"))
    file.write_text(file.read_text() + "\n## Below\n\n| drift | a | b | c | d |\n")
    table.put("drift", table.line({"name": "drift", "seed": 7, "asked": 1, "reached": 0.5}, "def"))
    above, _, below = file.read_text().partition("\n## ")
    lines = [line.split(" | ") for line in above.splitlines() if line.count(" | ") >= 4]
    assert [(line[0], line[-1]) for line in lines[1:]] == [
        ("| calibration", "1 |"),
        ("| drift", "0.5 |"),
        ("| determinism", "1 |"),
    ]
    assert below == "Below\n\n| drift | a | b | c | d |\n", "what is below the table is nobody's line"
    assert "| drift | `drift` |" in above, "the map of rows to scripts is there once more"
