"""A released file goes once and whole, by folder and by SFTP, sealed where it must be, and each try is kept."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrage
import pytest
from sqlalchemy import Engine

from ledger.audit.models import AuditRow
from ledger.council_tax.batches import build_batch
from ledger.council_tax.delivery.deliver import deliver_batch
from ledger.council_tax.delivery.errors import DeliveryDiffers, DeliveryFailed
from ledger.council_tax.delivery.place import place
from ledger.council_tax.delivery.queries import attempts
from ledger.council_tax.delivery.rules import Outcome
from ledger.council_tax.queries import batch_file
from ledger.council_tax.register import arrivals
from ledger.council_tax.views import BatchFile
from ledger.errors import InvalidField, NotFound
from ledger.settings import Delivery
from ledger.store import reading, unit_of_work
from tests.audit.units import rows
from tests.council_tax.delivery.server import Server, new_key, public, serving
from tests.council_tax.town import RULES, SCHEME, apply, at, linked_resident

NIGHT = at(2026, 11, 23, 1, 30)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Where others take files from."""
    folder = tmp_path / "outbox"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def server(outbox: Path) -> Iterator[Server]:
    """The same folder behind an SFTP server."""
    with serving(outbox) as running:
        yield running


@pytest.fixture
def file(engine: Engine) -> BatchFile:
    """The file of a night with one line."""
    apply(engine, linked_resident(engine, 5_000), 2_500)
    with unit_of_work(engine) as session:
        build_batch(session, business_date=date(2026, 11, 22), scheme=SCHEME, rules=RULES, occasion=NIGHT)
    with reading(engine) as session:
        return batch_file(session, sequence=1)


def deliver(engine: Engine, delivery: Delivery, register: Path | None = None) -> Outcome:
    """Deliver the first batch."""
    with TemporaryDirectory() as folder:
        return deliver_batch(
            engine,
            sequence=1,
            delivery=delivery,
            register=register or Path(folder, "register"),
            command="council-tax-deliver",
            occasion=NIGHT,
        )


def tried(engine: Engine, file: BatchFile) -> list[Outcome]:
    """How every try ended, by the names of the outcomes."""
    with reading(engine) as session:
        return sorted(one.outcome for one in attempts(session, file_name=file.name))


def audited(engine: Engine) -> list[AuditRow]:
    """What the audit tells of deliveries."""
    return [row for row in rows(engine) if row.action == "command.council-tax-deliver"]


def names(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_put_into_the_folder_and_then_its_manifest(engine: Engine, file: BatchFile, outbox: Path) -> None:
    assert deliver(engine, Delivery(target=str(outbox))) == Outcome.DELIVERED
    assert names(outbox) == [file.name, f"{file.name}.done"]
    assert (outbox / file.name).read_bytes() == file.content
    facts = json.loads((outbox / f"{file.name}.done").read_bytes())
    assert facts["sha256"] == facts["built"]["sha256"] == hashlib.sha256(file.content).hexdigest()
    assert (facts["file"], facts["lines"], facts["reductions"], facts["net"]) == (file.name, 1, 2_500, 2_500)
    assert (facts["sequence"], facts["business_date"], facts["bytes"]) == (1, "2026-11-22", len(file.content))
    assert {path.stat().st_mode & 0o777 for path in outbox.iterdir()} == {0o600}


def test_a_file_that_is_there_already_is_done(engine: Engine, file: BatchFile, outbox: Path) -> None:
    delivery = Delivery(target=str(outbox))
    deliver(engine, delivery)
    before = {path.name: path.stat().st_ino for path in outbox.iterdir()}
    assert deliver(engine, delivery) == Outcome.THERE_ALREADY
    assert {path.name: path.stat().st_ino for path in outbox.iterdir()} == before
    assert tried(engine, file) == [Outcome.DELIVERED, Outcome.THERE_ALREADY]


def test_an_arrival_that_the_register_cannot_take_is_a_failed_try_and_no_second_file(
    engine: Engine, file: BatchFile, outbox: Path, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "elsewhere"
    in_the_way.write_bytes(b"")
    register, delivery = in_the_way / "register", Delivery(target=str(outbox))
    with pytest.raises(DeliveryFailed, match=r"it stands there, and .* cannot be written: File exists"):
        deliver(engine, delivery, register)
    in_the_way.unlink()
    assert deliver(engine, delivery, register) == Outcome.THERE_ALREADY
    assert [one.file_name for one in arrivals(register)] == [file.name]
    assert tried(engine, file) == [Outcome.FAILED, Outcome.THERE_ALREADY]


@pytest.mark.parametrize("lost", [".done", ""])
def test_a_delivery_that_was_cut_off_is_finished(engine: Engine, file: BatchFile, outbox: Path, lost: str) -> None:
    delivery = Delivery(target=str(outbox))
    deliver(engine, delivery)
    (outbox / f"{file.name}{lost}").unlink()
    (outbox / f"{file.name}.part").write_bytes(b"half")
    (outbox / f"{file.name}.done.part").write_bytes(b"half")
    assert deliver(engine, delivery) == Outcome.DELIVERED
    (outbox / f"{file.name}.part").unlink(missing_ok=True)
    (outbox / f"{file.name}.done.part").unlink(missing_ok=True)
    assert names(outbox) == [file.name, f"{file.name}.done"]


@pytest.mark.parametrize("planted", ["other bytes", "a link to a file", "a link to the same bytes", "a folder"])
def test_ex_03_what_is_not_ours_under_the_name_stops_everything(
    engine: Engine, file: BatchFile, outbox: Path, planted: str
) -> None:
    elsewhere, path = outbox.parent / "elsewhere", outbox / file.name
    elsewhere.write_bytes(file.content if planted == "a link to the same bytes" else b"precious")
    before = elsewhere.read_bytes()
    if planted == "a folder":
        path.mkdir()
    elif planted == "other bytes":
        path.write_bytes(file.content.replace(b"2500", b"9500"))
    else:
        path.symlink_to(elsewhere)
    with pytest.raises(DeliveryDiffers):
        deliver(engine, Delivery(target=str(outbox)))
    assert elsewhere.read_bytes() == before
    assert names(outbox) == [file.name]
    assert tried(engine, file) == [Outcome.DIFFERS]


def test_ex_03_a_link_planted_as_the_part_is_taken_away_and_not_followed(
    engine: Engine, file: BatchFile, outbox: Path
) -> None:
    elsewhere = outbox.parent / "elsewhere"
    elsewhere.write_bytes(b"precious")
    (outbox / f"{file.name}.part").symlink_to(elsewhere)
    assert deliver(engine, Delivery(target=str(outbox))) == Outcome.DELIVERED
    assert elsewhere.read_bytes() == b"precious"
    assert not (outbox / file.name).is_symlink()


def test_a_folder_that_is_not_there_is_not_made(engine: Engine, file: BatchFile, outbox: Path) -> None:
    with pytest.raises(DeliveryFailed, match="No such file"):
        deliver(engine, Delivery(target=str(outbox / "unmounted")))
    assert names(outbox) == []
    assert tried(engine, file) == [Outcome.FAILED]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../x.csv",
            "/etc/x.csv",
            "C:\\x.csv",
            ".",
            "..",
            "",
            "x",
            ".x.csv",
            "a/b.csv",
            "a\0.csv",
            "é.csv",
            "%252e%252e%252fx.csv",
            "a" * 300,
        ),
        *("x.csv\n", "x.csv ", "-x.csv", "..csv", "x..csv"),
    ],
)
def test_ex_03_a_name_that_could_lead_out_of_the_folder_is_none(outbox: Path, name: str) -> None:
    with pytest.raises(InvalidField):
        place(outbox, name=name, content=b"x")
    assert names(outbox) == []
    assert names(outbox.parent) == ["outbox"]


def test_a_batch_that_is_not_there_is_not_delivered(engine: Engine, outbox: Path) -> None:
    with pytest.raises(NotFound):
        deliver(engine, Delivery(target=str(outbox)))


def test_sftp_writes_a_part_and_renames_it(engine: Engine, file: BatchFile, server: Server) -> None:
    assert deliver(engine, server.delivery) == Outcome.DELIVERED
    assert server.writes == [f"{file.name}.part", f"{file.name}.done.part"]
    assert names(server.folder) == [file.name, f"{file.name}.done"]
    assert (server.folder / file.name).read_bytes() == file.content
    assert deliver(engine, server.delivery) == Outcome.THERE_ALREADY
    assert len(server.writes) == 2
    with reading(engine) as session:
        assert {one.target for one in attempts(session, file_name=file.name)} == {"sftp://127.0.0.1/"}


def test_sftp_stops_before_another_file_of_the_name(engine: Engine, file: BatchFile, server: Server) -> None:
    (server.folder / file.name).write_bytes(b"H,CTX,1\r\n")
    with pytest.raises(DeliveryDiffers):
        deliver(engine, server.delivery)
    assert names(server.folder) == [file.name]
    assert tried(engine, file) == [Outcome.DIFFERS]


def test_ex_03_sftp_does_not_follow_a_link(engine: Engine, file: BatchFile, server: Server) -> None:
    (server.folder / file.name).symlink_to(server.folder.parent / "elsewhere")
    with pytest.raises(DeliveryDiffers):
        deliver(engine, server.delivery)
    assert not (server.folder.parent / "elsewhere").exists()


@pytest.mark.parametrize("fault", ["full disk", "dies before the rename"])
def test_sftp_leaves_no_half_file_and_the_next_try_finishes(
    engine: Engine, file: BatchFile, server: Server, fault: str
) -> None:
    server.faults.add(fault)
    with pytest.raises(DeliveryFailed):
        deliver(engine, server.delivery)
    assert names(server.folder) == [f"{file.name}.part"]
    server.faults.clear()
    assert deliver(engine, server.delivery) == Outcome.DELIVERED
    assert names(server.folder) == [file.name, f"{file.name}.done"]
    assert tried(engine, file) == [Outcome.DELIVERED, Outcome.FAILED]


def test_nothing_is_sent_to_a_host_of_another_key(engine: Engine, file: BatchFile, server: Server) -> None:
    with pytest.raises(DeliveryFailed):
        deliver(engine, replace(server.delivery, host_key=public(new_key())))
    assert server.writes == []
    assert tried(engine, file) == [Outcome.FAILED]


def test_a_key_that_the_server_does_not_know_delivers_nothing(engine: Engine, file: BatchFile, server: Server) -> None:
    with pytest.raises(DeliveryFailed):
        deliver(engine, replace(server.delivery, private_key=new_key()))
    assert server.writes == []


def test_nobody_at_the_address_is_a_failed_try(engine: Engine, file: BatchFile, server: Server) -> None:
    with pytest.raises(DeliveryFailed):
        deliver(engine, replace(server.delivery, target="sftp://tallystick@127.0.0.1:9/"))
    assert tried(engine, file) == [Outcome.FAILED]
    told = {"target": "sftp://127.0.0.1/", "outcome": "failed", "file": file.name}
    assert [(row.subject_id, row.details) for row in audited(engine)] == [("1", told)], "not the name we sign in by"


def test_a_sealed_file_is_for_its_reader_alone_and_the_same_each_time(
    engine: Engine, file: BatchFile, server: Server, tmp_path: Path
) -> None:
    reader = pyrage.x25519.Identity.generate()
    delivery = replace(server.delivery, recipient=str(reader.to_public()))
    assert deliver(engine, delivery) == Outcome.DELIVERED
    sealed = server.folder / f"{file.name}.age"
    assert names(server.folder) == [sealed.name, f"{sealed.name}.done"]
    assert b"RED" not in sealed.read_bytes()
    assert pyrage.decrypt(sealed.read_bytes(), [reader]) == file.content
    facts = json.loads((server.folder / f"{sealed.name}.done").read_bytes())
    assert facts["sha256"] == hashlib.sha256(sealed.read_bytes()).hexdigest() != facts["built"]["sha256"]
    assert deliver(engine, delivery) == Outcome.THERE_ALREADY
    told = [dict(row.details or {}) for row in audited(engine)]
    assert [one["sealed_for"] for one in told if "sealed_for" in one] == [delivery.recipient]
    assert sorted(one["outcome"] for one in told if "outcome" in one) == ["delivered", "there_already"]
