"""The folder for payroll: a file is there as a whole, for its owner alone."""

from pathlib import Path

from payroll_bridge.adapters.exports import ExportFolder


def test_a_file_is_kept_as_a_whole_and_replaced_as_a_whole(tmp_path: Path):
    exports = ExportFolder(tmp_path / "exports")
    exports.keep("2031-06.csv", b"long before")
    exports.keep("2031-06.csv", b"now")
    assert [(it.name, it.read_bytes()) for it in (tmp_path / "exports").iterdir()] == [("2031-06.csv", b"now")]


def test_only_its_owner_reads_it(tmp_path: Path):
    ExportFolder(tmp_path / "exports").keep("2031-06.csv", b"now")
    assert (tmp_path / "exports" / "2031-06.csv").stat().st_mode & 0o077 == 0
    assert (tmp_path / "exports").stat().st_mode & 0o077 == 0
