# SPDX-License-Identifier: Apache-2.0
"""The report of a snapshot: one HTML page that needs nothing else, and the same as JSON for machines.

Every number on the page is a link to the query that gives it, printed with the command that runs it again.
"""

from __future__ import annotations

import json
import shlex
from html import escape
from pathlib import Path
from typing import Any

from pha.bridge.bundles import ACCOUNTING_FILE, Snapshot
from pha.bridge.conservation import format_pha
from pha.bridge.ledger_database import Answer, LedgerDatabase
from pha.bridge.report_numbers import QUESTIONS, answers
from pha.bridge.report_pictures import Step, bars, waterfall
from pha.bridge.ss58 import encode_ss58

PAGE_FILE = "report.html"
JSON_FILE = "report.json"
KINDS = {"claimable": "good", "treasury by vote": "vote", "excluded": "gone"}
AMOUNTS = frozenset(
    {"total", "amount", "free", "staked", "pot", "given", "remainder", "cut", "left_amount", "right_amount"}
)

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5c6670; --paper: #fff; --line: #d9dee3; --panel: #f5f7f9;
  --good: #2f8f5b; --vote: #d0902b; --gone: #b34747; --all: #4a6fb5; --link: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ad; --paper: #15181b; --line: #343a40;
  --panel: #1d2125; --good: #4fb37c; --vote: #dfa94e; --gone: #d06a6a; --all: #7397da; --link: #84b3ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px 80px; max-width: 960px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 40px 0 8px; }
h3 { font-size: 15px; margin: 24px 0 4px; }
p.lead { color: var(--soft); margin: 0 0 20px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 16px; }
th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; } td.r, th.r { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: 12.5px/1.45 ui-monospace, monospace; } td code { overflow-wrap: anywhere; }
pre { background: var(--panel); padding: 10px 12px; overflow-x: auto; border-radius: 4px; margin: 4px 0 8px; }
svg { width: 100%; height: auto; margin: 8px 0; font: 13px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg text.n { fill: var(--link); font-variant-numeric: tabular-nums; }
.good { fill: var(--good); } .vote { fill: var(--vote); } .gone { fill: var(--gone); } .all { fill: var(--all); }
.edge { stroke: var(--soft); stroke-dasharray: 2 2; }
.key span { margin-right: 18px; }
.key i { display: inline-block; width: 11px; height: 11px; margin-right: 6px; border-radius: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 12px; }
.cards div { background: var(--panel); border-radius: 6px; padding: 12px 14px; }
.cards b { display: block; font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.cards small { color: var(--soft); }
"""


def write_report(folder: Path, command: str) -> tuple[Path, Path]:
    """Writes page and JSON into a snapshot folder; `command` is what builds the folder again.

    Raises ReportError, SnapshotFolderError.
    """
    snapshot = Snapshot.open(folder)
    found = answers(LedgerDatabase(folder))
    accounting = _accounting(folder)
    page, data = folder / PAGE_FILE, folder / JSON_FILE
    document = report_json(snapshot, found, accounting, command)
    data.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    page.write_text(report_html(snapshot, found, accounting, command), encoding="utf-8")
    return page, data


def report_json(
    snapshot: Snapshot, found: dict[str, Answer], accounting: dict[str, Any], command: str
) -> dict[str, Any]:
    """Everything the page says; whole numbers of base units are decimal text."""
    index = {name: value for name, value in snapshot.index.items() if name != "first_accounts"}
    return {
        "snapshot": index,
        "command": command,
        "queries": {
            question.name: {
                "asks": question.asks,
                "sql": question.sql,
                "columns": list(found[question.name].columns),
                "rows": [
                    [
                        str(value) if column in AMOUNTS else value
                        for column, value in zip(found[question.name].columns, row, strict=True)
                    ]
                    for row in found[question.name].rows
                ],
            }
            for question in QUESTIONS
        },
        "equations": accounting.get("equations", []),
        "entries": accounting.get("entries", {}),
        "decoded_by": accounting.get("decoded_by", {}),
        "accepted_findings": accounting.get("accepted_findings", []),
    }


def report_html(snapshot: Snapshot, found: dict[str, Answer], accounting: dict[str, Any], command: str) -> str:
    """The page."""
    index = snapshot.index
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(snapshot.chain)}: who is owed what</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(snapshot.chain)}: who is owed what</h1>",
            f'<p class="lead">State of block {index["block_number"]:,}. Amounts are PHA with all twelve decimals; '
            "every number leads to the query that gives it.</p>",
            _cards(found),
            "<h2>From issuance to claimable</h2>",
            _key(),
            waterfall(_steps(found)),
            "<h2>Classes</h2>",
            bars("What each class of accounts holds", _class_bars(found), "classes"),
            _table(found["classes"], "classes"),
            "<h2>How large the claims are</h2>",
            bars("Number of claims by size", _size_bars(found), "sizes"),
            "<h3>The ten largest</h3>",
            _largest(found["largest"], index["ss58_prefix"]),
            *_staking(found, accounting),
            *_findings(accounting),
            "<h2>Roots</h2>",
            _facts(snapshot),
            _table(found["trees"], "trees"),
            "<h2>How to get the same</h2>",
            f"<pre>{escape(command)}</pre>",
            "<p>The state is refused unless its trie has the block's state root. Compare the roots above with the "
            "bridge's constructor arguments.</p>",
            "<h2>Queries</h2>",
            *_queries(snapshot.folder),
            "</body></html>",
            "",
        ]
    )


def _accounting(folder: Path) -> dict[str, Any]:
    path = folder / ACCOUNTING_FILE
    if not path.is_file():
        return {}
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _number(text: str, query: str) -> str:
    return f'<a class="n" href="#q-{query}">{escape(text)}</a>'


def _cards(found: dict[str, Answer]) -> str:
    ((total,),) = found["issuance"].rows
    ((claims, free, staked, claimable),) = found["claimable"].rows
    ((left,),) = found["unexplained"].rows
    cards = [
        (format_pha(total), "issuance", "total issuance"),
        (format_pha(claimable or 0), "claimable", "claimable"),
        (f"{claims:,}", "claimable", "claims"),
        (format_pha(free or 0), "claimable", "of it free"),
        (format_pha(staked or 0), "claimable", "of it staked"),
        (format_pha(left), "unexplained", "unexplained"),
    ]
    shown = "".join(f"<div><b>{_number(text, query)}</b><small>{name}</small></div>" for text, query, name in cards)
    return f'<div class="cards">{shown}</div>'


def _key() -> str:
    colours = {"good": "claimable", "vote": "treasury by vote", "gone": "excluded", "all": "all of it"}
    return (
        '<p class="key">'
        + "".join(f'<span><i style="background:var(--{kind})"></i>{name}</span>' for kind, name in colours.items())
        + "</p>"
    )


def _steps(found: dict[str, Answer]) -> list[Step]:
    """Issuance, less each class that nobody can claim, less rounding, is what can be claimed."""
    ((total,),) = found["issuance"].rows
    ((rounding,),) = found["rounding"].rows
    steps = [Step("total issuance", format_pha(total), 0, total, "all", "issuance")]
    left = total
    for name, disposition, _, amount in found["classes"].rows:
        if disposition != "claimable":
            shown = f"−{format_pha(amount)}"
            steps.append(Step(name, shown, left, left - amount, KINDS[disposition], "classes"))
            left -= amount
    if rounding:
        shown = f"−{format_pha(rounding)}"
        steps.append(Step("rounding left in pools", shown, left, left - rounding, "vote", "rounding"))
        left -= rounding
    steps.append(Step("claimable", format_pha(left), 0, left, "good", "claimable"))
    return steps


def _class_bars(found: dict[str, Answer]) -> list[tuple[str, str, int, str]]:
    return [
        (name, format_pha(amount), amount, KINDS[disposition]) for name, disposition, _, amount in found["classes"].rows
    ]


def _size_bars(found: dict[str, Answer]) -> list[tuple[str, str, int, str]]:
    return [(_decade(decade), f"{claims:,}", claims, "good") for decade, claims, _ in found["sizes"].rows]


def _decade(decade: int) -> str:
    low = f"{10**decade:,}" if decade >= 0 else f"0.{'0' * (-decade - 1)}1"
    return f"{low} PHA and more"


def _table(answer: Answer, query: str) -> str:
    head = "".join(f'<th class="{"r" if _counts(name) else "l"}">{escape(name)}</th>' for name in answer.columns)
    rows = []
    for row in answer.rows:
        cells = []
        for name, value in zip(answer.columns, row, strict=True):
            if name in AMOUNTS:
                cells.append(f'<td class="r">{_number(format_pha(value), query)}</td>')
            elif _counts(name):
                cells.append(f'<td class="r">{_number(f"{value:,}", query)}</td>')
            elif name == "root":
                cells.append(f"<td><code>{escape(str(value))}</code></td>")
            else:
                cells.append(f"<td>{escape(str(value))}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _counts(name: str) -> bool:
    return name in AMOUNTS or name in ("accounts", "claims", "pools", "entries")


def _largest(answer: Answer, ss58_prefix: int) -> str:
    with_addresses = Answer(
        ("account", *answer.columns[1:]),
        tuple((encode_ss58(bytes.fromhex(row[0][2:]), ss58_prefix), *row[1:]) for row in answer.rows),
    )
    return _table(with_addresses, "largest")


def _staking(found: dict[str, Answer], accounting: dict[str, Any]) -> list[str]:
    if not accounting:
        return ["<p>This state holds no wrapped PHA and no pools: native balances are all there is.</p>"]
    ((pools,),) = found["pool_equations"].rows
    return [
        "<h2>Staking, looked through</h2>",
        _table(found["origins"], "origins"),
        _table(found["pools"], "pools"),
        "<h3>Equations, each come by in two ways</h3>",
        _table(found["equations"], "equations"),
        f"<p>and one for each of {_number(f'{pools:,}', 'pool_equations')} pools and vaults.</p>",
        "<h3>How entries were decoded</h3>",
        _table(found["entries"], "entries"),
    ]


def _findings(accounting: dict[str, Any]) -> list[str]:
    accepted = accounting.get("accepted_findings", [])
    if not accepted:
        return ["<h2>Accepted findings</h2><p>None: everything in the state fits.</p>"]
    rows = "".join(
        f"<tr><td><code>{escape(entry['name'])}</code></td><td>{escape(entry['detail'])}</td></tr>"
        for entry in accepted
    )
    return ["<h2>Accepted findings</h2>", f"<table>{rows}</table>"]


def _facts(snapshot: Snapshot) -> str:
    index = snapshot.index
    facts = {
        "block hash": index["block_hash"],
        "state root": index["state_root"],
        "vesting": f"rule {index['rules']['vesting']}",
    }
    rows = "".join(
        f"<tr><td>{name}</td><td><code>{escape(str(value))}</code></td></tr>" for name, value in facts.items()
    )
    return f"<table>{rows}</table>"


def _queries(folder: Path) -> list[str]:
    parts = []
    for question in QUESTIONS:
        line = " ".join(question.sql.split())
        command = f"ape run snapshot query --out {shlex.quote(str(folder))} {shlex.quote(line)}"
        parts.append(
            f'<h3 id="q-{question.name}">{escape(question.name)}: {escape(question.asks)}</h3>'
            f"<pre>{escape(question.sql)}</pre><pre>{escape(command)}</pre>"
        )
    return parts
