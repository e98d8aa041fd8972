# SPDX-License-Identifier: Apache-2.0
"""The ledger answers SQL, the page needs nothing else, and every number on it leads to a query that gives it."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from pha.bridge.accounts import classify_account
from pha.bridge.bundles import Snapshot, SnapshotFolderError
from pha.bridge.conservation import format_pha
from pha.bridge.ledger_database import LedgerDatabase, QueryError
from pha.bridge.report_numbers import QUESTIONS, ReportError, answers
from pha.bridge.report_page import write_report
from scripts.snapshot import cli
from tests.reference.staking_world import WPHA, StakingWorld
from tests.unit.bridge_snapshot.test_cross_check import write_state

CHAIN = 'a <b>"chain"</b> & more'


@pytest.fixture(scope="module")
def world() -> StakingWorld:
    world = StakingWorld(11, people=15)
    world.native[WPHA] = (world.native[WPHA][0], 3)
    world.native[bytes(32)] = (12, 0)
    return world


@pytest.fixture(scope="module")
def folder(world: StakingWorld, tmp_path_factory) -> Path:
    here = tmp_path_factory.mktemp("report")
    path, manifest = write_state(here, world.pairs())
    fields = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(fields | {"name": CHAIN}))
    arguments = ["build", "--state", str(path), "--accept", "wrapped-surplus", "--out", str(here / "out")]
    built = CliRunner().invoke(cli, arguments)
    assert built.exit_code == 0, built.output
    return here / "out"


class Page(HTMLParser):
    """Ids, link targets, the text of links, and everything that would be fetched from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[tuple[str, str]] = []
        self.fetched: list[str] = []
        self.tags: Counter[str] = Counter()
        self._target: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags[tag] += 1
        if named.get("id"):
            self.ids[str(named["id"])] += 1
        if tag == "a":
            self._target = named.get("href")
        if tag in ("script", "link", "img", "iframe", "object") or "src" in named:
            self.fetched.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._target = None

    def handle_data(self, data: str) -> None:
        if self._target is not None:
            self.links.append((self._target, data))


def test_tables_hold_what_everybody_is_owed(world: StakingWorld, folder: Path) -> None:
    database = LedgerDatabase(folder)
    rows = database.ask("SELECT account, free, staked FROM accounts WHERE disposition = 'claimable'").rows
    expected = {(f"0x{who.hex()}", world.free[who], int(world.staked[who])) for who in world.people}
    assert set(rows) == expected
    assert database.ask("SELECT total FROM issuance").rows == ((world.issuance,),)
    by_pool = dict(database.ask("SELECT pid, remainder FROM pools").rows)
    assert sum(by_pool.values()) == world.remainder
    assert database.ask("SELECT count(*) AS n FROM positions WHERE pool IS NULL AND amount = 0").rows == ((0,),)


def test_answers_are_those_of_plain_arithmetic(world: StakingWorld, folder: Path) -> None:
    found = answers(LedgerDatabase(folder))
    claims = [world.free[who] + int(world.staked[who]) for who in world.people]
    assert found["claimable"].rows == (
        (len(claims), sum(world.free.values()), int(sum(world.staked.values())), sum(claims)),
    )
    sizes = Counter(len(str(claim)) - 13 for claim in claims)
    assert {row[0]: row[1] for row in found["sizes"].rows} == sizes
    assert [row[2] + row[3] for row in found["largest"].rows] == sorted(claims, reverse=True)[:10]
    classes = {row[0]: row[3] for row in found["classes"].rows}
    assert classes[classify_account(WPHA)] == 3
    assert classes["keyless-zero"] == 12
    assert sum(classes.values()) + found["rounding"].rows[0][0] == world.issuance
    assert found["unexplained"].rows == ((0,),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM nothing",
        "SELECT * FROM read_csv('pyproject.toml')",
        "COPY accounts TO 'stolen.csv'",
        "SET enable_external_access = true",
        "ATTACH 'elsewhere.db'",
        "SELECT (99999999999999999999999999999999999999 + 1)::DECIMAL(38,0)",
    ],
)
def test_query_that_is_none_or_reaches_outside_is_refused(folder: Path, sql: str) -> None:
    assert LedgerDatabase(folder).ask("SELECT 1 AS one").columns == ("one",)
    with pytest.raises(QueryError):
        LedgerDatabase(folder).ask(sql)


def test_page_needs_nothing_else_and_its_links_lead_to_queries(folder: Path) -> None:
    text = (folder / "report.html").read_text()
    page = Page(text)
    assert page.fetched == []
    assert "url(" not in text
    assert "://" not in text
    assert page.tags["svg"] == 3
    assert page.tags["b"] == 6, "the chain's name is text, not markup"
    anchors = {f"#q-{question.name}" for question in QUESTIONS}
    assert {f"#{name}" for name in page.ids} == anchors
    assert set(page.ids.values()) == {1}
    assert {target for target, _ in page.links} <= anchors
    for question in QUESTIONS:
        assert question.sql in unescape(text)


def test_every_amount_on_the_page_is_in_the_answer_it_leads_to(folder: Path) -> None:
    page = Page((folder / "report.html").read_text())
    found = answers(LedgerDatabase(folder))
    amounts = 0
    for target, shown in page.links:
        values = [value for row in found[target.removeprefix("#q-")].rows for value in row if type(value) is int]
        assert shown.lstrip("−") in {form for value in values for form in (format_pha(value), f"{value:,}")}, shown
        amounts += 1
    assert amounts > 60


def test_waterfall_ends_at_what_is_claimable(folder: Path) -> None:
    text = (folder / "report.html").read_text()
    picture = text[text.index("<svg") : text.index("</svg>")]
    bars = re.findall(r'<rect class="(\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"', picture)
    (_, first_x, first), (kind, last_x, last) = bars[0], bars[-1]
    assert (kind, first_x) == ("good", last_x)
    ((_, _, _, claimable),) = answers(LedgerDatabase(folder))["claimable"].rows
    issuance = Snapshot.open(folder).report().total_issuance
    assert float(last) == pytest.approx(float(first) * claimable / issuance, abs=0.1)


def test_json_twin_says_the_same(world: StakingWorld, folder: Path) -> None:
    twin = json.loads((folder / "report.json").read_text())
    database = LedgerDatabase(folder)
    for question in QUESTIONS:
        entry = twin["queries"][question.name]
        answer = database.ask(entry["sql"])
        assert entry["columns"] == list(answer.columns)
        assert [[str(value) for value in row] for row in entry["rows"]] == [list(map(str, row)) for row in answer.rows]
    assert twin["snapshot"]["root"] == f"0x{Snapshot.open(folder).root.hex()}"
    assert [entry["name"] for entry in twin["accepted_findings"]] == ["wrapped-surplus"]
    assert {entry["name"] for entry in twin["equations"]} >= {"backing of wrapped PHA", "total issuance by origin"}


def test_command_on_the_page_builds_the_same_again(folder: Path, tmp_path: Path) -> None:
    command = json.loads((folder / "report.json").read_text())["command"]
    assert command in unescape((folder / "report.html").read_text())
    words = shlex.split(command)
    assert words[:3] == ["ape", "run", "snapshot"]
    again = CliRunner().invoke(cli, [str(tmp_path / "again") if word == "NEW_FOLDER" else word for word in words[3:]])
    assert again.exit_code == 0, again.output
    assert Snapshot.open(tmp_path / "again").root == Snapshot.open(folder).root


def test_query_command_prints_the_answer(folder: Path, world: StakingWorld) -> None:
    done = CliRunner().invoke(cli, ["query", "SELECT total FROM issuance", "--out", str(folder)])
    assert str(world.issuance) in done.output
    refused = CliRunner().invoke(cli, ["query", "SELECT", "--out", str(folder)])
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)


def test_ledger_that_was_tampered_with_gets_no_report(folder: Path, tmp_path: Path) -> None:
    for name in ("snapshot.json", "conservation.json", "accounting.json", "accounts.jsonl", "positions.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    write_report(tmp_path, "command")
    accounts = tmp_path / "accounts.jsonl"
    good = accounts.read_text()
    accounts.write_text(good.replace('"free":"12"', '"free":"13"'))
    with pytest.raises(ReportError, match="-1 base units"):
        write_report(tmp_path, "command")
    accounts.write_text(good.replace('"free":"12"', '"free":"twelve"'))
    with pytest.raises(SnapshotFolderError, match="cannot be loaded"):
        write_report(tmp_path, "command")


def test_native_ledger_has_a_report_without_staking(tmp_path: Path) -> None:
    built = CliRunner().invoke(cli, ["build", "--out", str(tmp_path / "out")])
    assert built.exit_code == 0, built.output
    text = (tmp_path / "out" / "report.html").read_text()
    assert "native balances are all there is" in text
    assert "keyless-ed25519-small-order" in text
