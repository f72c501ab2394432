"""Layouts of answers and a report, for tests: the ones that come with the ledger, and one of fixed widths."""

from pathlib import Path

from hypothesis import HealthCheck, settings

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long it takes on a machine that others use says nothing."""
FOLDER = Path(__file__).parents[3] / "ledger" / "council_tax" / "layouts"
REPORT = (FOLDER / "posting_report_csv.toml").read_text(encoding="utf-8")
SAMPLE = (FOLDER / "posting_report_csv.sample.csv").read_bytes()
FIXED = """
name = "fixed_answers"
kind = "fixed"
line_ending = "lf"
encoding = "windows-1252"

[[detail]]
source = "txn_id"
width = 26

[[detail]]
source = "result"
width = 2

[[detail]]
source = "returned"
width = 10
pad = "0"
justify = "right"

[[detail]]
source = "posted_on"
format = "%d%m%y"
width = 6

[[detail]]
source = "retry_on"
format = "%Y%m%d"
width = 8

[[trailer]]
source = "count"
width = 6
pad = "0"
justify = "right"

[[trailer]]
source = "hash_total"
width = 46

[[outcome]]
theirs = "OK"
outcome = "A"
code = "D00"

[[outcome]]
theirs = "PT"
outcome = "P"
code = "D21"

[[outcome]]
theirs = "é"
outcome = "R"
code = "D04"

[[outcome]]
theirs = "LT"
outcome = "D"
code = "D22"
"""
