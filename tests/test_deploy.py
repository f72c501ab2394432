"""What is deployed beside the code: units that systemd takes, scripts that bash reads, and times that are London's."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from council_office.pages.worklist import SECONDS
from ledger.council_tax.layouts.worklist import LARGEST_UPLOAD
from shared_web.room import LARGEST_BODY
from tests.missing import missing

DEPLOY = Path(__file__).parents[1] / "deploy"
FOLDERS = DEPLOY / "systemd" / "tallystick-.service.d" / "folders.conf"
SCRIPTS = (DEPLOY / "backup", DEPLOY / "restore")
NOT_INSTALLED_HERE = re.compile(r"Command /opt/tallystick/\S+ is not executable: No such file or directory")
HARDENED = ("NoNewPrivileges=yes", "ProtectSystem=strict", "SystemCallFilter=@system-service", "UMask=0077")
LOGGED = ["time_iso8601", "request_method", "status", "body_bytes_sent", "request_time", "request_id"]
OF_OURS = "/var/log/nginx/tallystick.log tallystick"


def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        missing("no systemd-analyze: apt-get install systemd")
    shutil.copytree(DEPLOY / "systemd", tmp_path, dirs_exist_ok=True)
    units = [file.name for file in tmp_path.iterdir() if file.is_file()]
    where = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    verified = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, env=where
    )

    said = [line for line in verified.stderr.splitlines() if "tallystick" in line]
    assert [line for line in said if not NOT_INSTALLED_HERE.search(line)] == []


@pytest.mark.parametrize("name", ["tallystick", "tallystick-nightly", "tallystick-deliver", "tallystick-backup"])
def test_what_runs_our_code_may_do_nothing_else(name: str) -> None:
    unit = (DEPLOY / "systemd" / f"{name}.service").read_text(encoding="utf-8").splitlines()

    assert set(HARDENED) <= set(unit)
    assert "User=tallystick" in unit


def test_what_files_leave_for_may_be_written_where_the_settings_name_a_folder_elsewhere() -> None:
    """The units see all but their own folder as read only; a drop-in for all of them says what else there is."""
    said = FOLDERS.read_text(encoding="utf-8")
    handbook = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")

    assert re.findall(r"^ReadWritePaths=-(/\S+)$", said, re.MULTILINE) == [
        "/srv/tallystick-register",
        "/srv/council-tax",
    ]
    for name in ("TALLYSTICK_FILE_REGISTER", "TALLYSTICK_DELIVERY"):
        assert name in said
    assert "tallystick-.service.d/folders.conf" in handbook


def test_the_night_is_started_by_londons_clock_and_caught_up() -> None:
    timer = (DEPLOY / "systemd" / "tallystick-nightly.timer").read_text(encoding="utf-8")

    assert re.search(r"^OnCalendar=.* 01,.*:30:00 Europe/London$", timer, re.MULTILINE)
    assert re.search(r"^Persistent=true$", timer, re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_bash_reads_every_script_and_it_stops_at_a_failure(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)

    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111


def test_nginx_lets_a_large_list_through_to_the_page_that_takes_it_and_nowhere_else() -> None:
    conf = (DEPLOY / "nginx" / "tallystick.conf").read_text(encoding="utf-8")
    (pattern, inside), *others = re.findall(r"location ~ (\S+) \{(.*?)\}", conf, re.DOTALL)

    assert others == []
    assert re.search(pattern, "/office/council-tax/147/worklist")
    for path in ("/office/council-tax/147/worklist.csv", "/office/council-tax/147", "/x/office/council-tax/1/worklist"):
        assert not re.search(pattern, path)
    megabytes = {int(size) for size in re.findall(r"client_max_body_size (\d+)m;", conf)}
    assert megabytes == {1, int(re.search(r"client_max_body_size (\d+)m;", inside)[1])}
    assert max(megabytes) * 1024 * 1024 > LARGEST_UPLOAD + LARGEST_BODY
    assert int(re.search(r"proxy_read_timeout (\d+)s;", inside)[1]) > SECONDS
    assert "proxy_set_header" not in inside  # one here would drop those of the server


def test_every_figure_that_an_alert_looks_at_is_told() -> None:
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    told = {f"tallystick_{name}" for name in re.findall(r'yield "(\w+)"', source("shared_web", "metrics.py"))}
    told |= set(re.findall(r'"(tallystick_\w+)"', source("shared_web", "metrics.py")))
    of_the_night = source("commands", "night_metrics.py")
    told |= {f"tallystick_night_{name}" for name in re.findall(r'gauge\("(\w+)"', of_the_night)}
    told |= set(re.findall(r'"(tallystick_night_\w+)"', of_the_night))
    told |= set(re.findall(r"figure=(tallystick_\w+)", source("deploy", "backup")))
    asked = set(re.findall(r"\btallystick_\w+", alerts))

    assert {name.removesuffix("_total").removesuffix("_bucket") for name in asked} - told == set()


def test_a_backup_that_is_old_or_was_never_made_wakes_somebody() -> None:
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    (old,) = re.findall(r"- alert: BackupOld\n(.*?)\n\n", alerts, re.DOTALL)

    assert "time() - tallystick_backup_ended_timestamp_seconds > 93600" in old, "26 hours"
    assert "or absent(tallystick_backup_ended_timestamp_seconds)" in old
    assert "severity: page" in old


@pytest.mark.parametrize("name", ["tallystick-nightly", "tallystick-backup"])
def test_what_leaves_figures_for_the_node_exporter_may_write_where_it_looks(name: str) -> None:
    unit = (DEPLOY / "systemd" / f"{name}.service").read_text(encoding="utf-8").splitlines()

    assert "ReadWritePaths=-/var/lib/prometheus/node-exporter" in unit


def source(*parts: str) -> str:
    """What a module of ours says."""
    return DEPLOY.parent.joinpath(*parts).read_text(encoding="utf-8")


def test_bf_02_ten_thousand_guesses_in_a_day_from_as_many_networks_wake_somebody() -> None:
    """Each alert on what a day brings begins far below that, and none of them asks for a pace of a second."""
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    of_a_day = re.findall(r"increase\((tallystick_\w+?)_total(?:\{[^}]*\})?\[1d\]\)\) > (\d+)\n", alerts)

    assert {name for name, _least in of_a_day} == {"tallystick_refusals", "tallystick_codes_asked"}
    assert all(int(least) <= 100 for _name, least in of_a_day)
    assert "rate(tallystick_refusals" not in alerts


def test_lg_01_nginx_writes_no_address_of_a_request_anywhere() -> None:
    """Its error log has the request line of whatever fails upstream, at `error` and `warn`; a code is in that line."""
    conf = (DEPLOY / "nginx" / "tallystick.conf").read_text(encoding="utf-8")
    said = [line.strip() for line in conf.splitlines() if not line.strip().startswith("#")]
    servers = "\n".join(said).split("server {")[1:]
    (logged,) = re.findall(r"log_format tallystick '([^']*)'", conf)

    assert re.findall(r"\$(\w+)", logged) == LOGGED
    for server in servers:
        assert re.findall(r"error_log \S+ (\w+);", server) == ["crit"]
        assert re.findall(r"access_log (.+);", server) in ([OF_OURS], ["off"])


def test_lg_01_postgresql_writes_no_row_into_its_log() -> None:
    """Below `terse`, what a constraint refuses is written with its values."""
    conf = (DEPLOY / "postgresql" / "tallystick.conf").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(log_\w+) = (\S+)$", conf, re.MULTILINE))

    assert said["log_error_verbosity"] == "terse"
    assert (said["log_statement"], said["log_min_duration_statement"]) == ("none", "-1")
    assert (said["log_parameter_max_length"], said["log_parameter_max_length_on_error"]) == ("0", "0")
