"""The council's real list of food-growing projects, faults and all, and the same faults made worse."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.earning import activity_queries
from ledger.earning.activities_file import RowOutcome, RowReport, import_activities, read_rows
from ledger.earning.errors import NotAnActivitiesFile
from ledger.earning.rules import TariffPer
from ledger.errors import NotFound
from ledger.store import reading, unit_of_work
from tests import factories

FILE = Path(__file__).parents[2] / "demo" / "data" / "food-growing-projects.csv"
HEADER = "No_,Easting,Northing,Postcode,Name,Description,Note_,\n"


def real_rows() -> dict[int, RowReport]:
    """The rows of the real file by their line, the header not counted."""
    return {report.line - 1: report for report in read_rows(FILE.read_bytes())}


def one(row: str) -> RowReport:
    """The report of a file of one row."""
    (report,) = read_rows((HEADER + row + "\n").encode())
    return report


def test_every_row_of_the_real_file_is_accounted_for() -> None:
    outcomes = Counter(report.outcome for report in real_rows().values())
    assert outcomes == {RowOutcome.TOOK: 22, RowOutcome.CHANGED: 120}


def test_each_outcome_says_what_it_must() -> None:
    for report in real_rows().values():
        assert (report.outcome == RowOutcome.REFUSED) == (report.row is None) == (report.reason is not None)
        assert (report.outcome == RowOutcome.CHANGED) == bool(report.changes)


def test_a_postcode_is_written_with_its_space_and_the_change_is_said() -> None:
    report = real_rows()[1]
    assert report.row is not None
    assert report.row.postcode == "SE1 8TU"
    assert "postcode SE18TU written SE1 8TU" in report.changes


def test_a_postcode_in_small_letters_is_written_in_capitals() -> None:
    assert "postcode sw82pd written SW8 2PD" in real_rows()[42].changes


def test_a_missing_postcode_is_left_empty_and_the_grid_reference_stands() -> None:
    for line in (71, 139):
        report = real_rows()[line]
        assert report.row is not None
        assert report.row.postcode is None
        assert report.row.easting is not None
        assert "postcode missing, left empty" in report.changes


def test_half_a_postcode_is_not_kept() -> None:
    report = real_rows()[96]
    assert report.row is not None
    assert report.row.postcode is None
    assert "postcode SW2 is only a district, left empty" in report.changes


@pytest.mark.parametrize(
    ("line", "name", "description"),
    [
        (
            22,
            "Hornby House gardeners",
            "Resident of Kennington Park estate who runs food growing sessions with young children, Hyde Housing",
        ),
        (26, "The Sustaining Garden", "47 Fentiman Road, shared garden"),
        (54, "Heathbrook Hall Garden, Heath Road Estate", ""),
        (63, "Food for our brains, 2nd Step nursery & Pre-School", ""),
        (73, "Colcutt Lodge, Ferndale Road", "Metropolital Housing Trust-led food growing project"),
        (117, "Fork to Fork, St Martins-in-the-Fields High School for Girls", ""),
    ],
)
def test_what_spilled_over_at_a_comma_is_put_back_where_it_came_from(line: int, name: str, description: str) -> None:
    report = real_rows()[line]
    assert report.row is not None
    assert (report.row.name, report.row.description) == (name, description)
    assert any("had spilled over" in change for change in report.changes)


def test_what_spilled_over_leaves_the_kind_readable() -> None:
    kinds = Counter(report.row.kind for report in real_rows().values() if report.row)
    assert kinds["Charity"] == 14
    assert not [kind for kind in kinds if "Styles" in kind or "Hyde Housing" in kind]


def test_a_description_that_is_initials_is_left_out() -> None:
    report = real_rows()[47]
    assert report.row is not None
    assert report.row.description == ""
    assert "description “TTB/BLIP” is initials, not a description, left out" in report.changes


def test_a_description_that_is_an_address_becomes_the_place() -> None:
    report = real_rows()[43]
    assert report.row is not None
    assert (report.row.place, report.row.description) == ("211-255 Brixton Road", "")


def test_a_description_that_repeats_the_name_is_left_out() -> None:
    report = real_rows()[72]
    assert report.row is not None
    assert (report.row.name, report.row.description) == ("Macaulay Square", "")


def test_one_name_at_two_places_is_two_projects() -> None:
    colleges = [report for report in real_rows().values() if report.name == "Lambeth College"]
    assert len(colleges) == 2
    assert all(report.row for report in colleges)


def test_every_name_that_is_taken_has_single_spaces_and_every_postcode_is_whole() -> None:
    for report in real_rows().values():
        if report.row:
            assert report.row.name == " ".join(report.row.name.split())
            assert report.row.postcode is None or report.row.postcode[-4] == " "


def test_the_same_name_at_the_same_place_is_refused_and_says_of_which_row() -> None:
    rows = "1,531514,179810,SE1 8TU,Back Garden,,School,\n2,531000,179000,se18tu,BACK  garden ,,School,\n"
    first, second = read_rows((HEADER + rows).encode())
    assert first.outcome == RowOutcome.TOOK
    assert second.reason == "row 1 has the same name and place"


def test_a_number_that_stood_before_is_refused() -> None:
    rows = "1,531514,179810,SE1 8TU,Back Garden,,School,\n1,531000,179000,SE1 8TW,Front Garden,,School,\n"
    assert read_rows((HEADER + rows).encode())[1].reason == "number 1 stood before"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,531514,179810,SE1 8TU, ,Vegetables,School,", "it has no usable name"),
        ("1,531514,179810,SE1 8TU,--,Vegetables,School,", "it has no usable name"),
        ("1,531514,179810,SE1 8TU", "it has no usable name"),
        (f"1,531514,179810,SE1 8TU,{'a' * 201},,School,", "its name has more than 200 characters"),
        (",531514,179810,SE1 8TU,Garden,,School,", "it has no number, so a second import could not know it"),
        ("١,531514,179810,SE1 8TU,Garden,,School,", "it has no number, so a second import could not know it"),
        ("1,,,,Garden,,School,", "neither a postcode nor a grid reference says where it is"),
        ("1,531514,9999999,SW2,Garden,,School,", "neither a postcode nor a grid reference says where it is"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_says_why(row: str, reason: str) -> None:
    assert one(row).reason == reason


def test_a_grid_reference_that_is_none_is_left_out_where_a_postcode_stands() -> None:
    report = one("1,531514,TQ31,SE1 8TU,Garden,,School,")
    assert report.row is not None
    assert (report.row.easting, report.row.northing) == (None, None)
    assert report.changes == ("grid reference 531514 TQ31 is not on the national grid, left empty",)


def test_a_grid_reference_with_decimals_is_written_in_whole_metres() -> None:
    report = one("1,531514.91,179810,SE1 8TU,Garden,,School,")
    assert report.row is not None
    assert report.row.easting == 531514
    assert report.changes == ("grid reference 531514.91 written 531514",)


def test_a_postcode_that_is_none_is_left_empty() -> None:
    assert one("1,531514,179810,NOWHERE,Garden,,School,").changes == ("postcode NOWHERE is not one, left empty",)


def test_text_that_spilled_over_many_columns_is_put_back() -> None:
    report = one("1,531514,179810,SE1 8TU,Garden,Beans, peas, and marrows,School")
    assert report.row is not None
    assert (report.row.description, report.row.kind) == ("Beans, peas, and marrows", "School")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_whichever_encoding_it_comes(encoding: str) -> None:
    (report,) = read_rows((HEADER + "1,531514,179810,SE1 8TU,Café Garden,,School,\r\n\r\n").encode(encoding))
    assert report.name == "Café Garden"


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"CENTRE NAME,ADDRESS\n", b"%PDF-1.7\n"])
def test_another_file_is_refused_whole(data: bytes) -> None:
    with pytest.raises(NotAnActivitiesFile):
        read_rows(data)


def test_an_import_makes_an_organiser_and_an_activity_of_each_row(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        programme = factories.programme(session)
        report = import_activities(
            session, rows=read_rows(FILE.read_bytes()), programme_id=programme, occasion=factories.occasion_at()
        )
    assert sum(line.added for line in report) == 142
    myatts = next(line for line in report if line.name == "Myatts Fields Park Greenhouses")
    assert myatts.organiser_id is not None
    with reading(engine) as session:
        (activity,) = activity_queries.activities_of(session, organiser_id=myatts.organiser_id)
    assert (activity.tariff, activity.tariff_per, activity.postcode) == (250, TariffPer.HOUR, "SE5 9RA")
    assert activity.title == "Growing at Myatts Fields Park Greenhouses"


def test_a_second_import_finds_what_the_first_made_and_adds_nothing(engine: Engine) -> None:
    rows = read_rows(FILE.read_bytes())[:20]
    with unit_of_work(engine) as session:
        programme = factories.programme(session)
        first = import_activities(session, rows=rows, programme_id=programme, occasion=factories.occasion_at())
    with unit_of_work(engine) as session:
        second = import_activities(session, rows=rows, programme_id=programme, occasion=factories.occasion_at())
    assert not any(line.added for line in second)
    assert [line.activity_id for line in first] == [line.activity_id for line in second]


def test_an_import_into_no_programme_is_refused(engine: Engine) -> None:
    with pytest.raises(NotFound), unit_of_work(engine) as session:
        occasion = factories.occasion_at()
        import_activities(session, rows=read_rows(FILE.read_bytes()), programme_id=occasion.new_id(), occasion=occasion)
