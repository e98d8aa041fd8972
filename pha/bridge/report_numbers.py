# SPDX-License-Identifier: Apache-2.0
"""Every number of the report, and the query it comes from."""

from __future__ import annotations

from typing import NamedTuple

from pha.bridge.errors import BridgeError
from pha.bridge.ledger_database import Answer, LedgerDatabase


class Question(NamedTuple):
    """`name` is the report's anchor for the query."""

    name: str
    asks: str
    sql: str


QUESTIONS = (
    Question("issuance", "What must be explained?", "SELECT total FROM issuance"),
    Question(
        "classes",
        "Who holds it, by reason code?",
        "SELECT class, disposition, count(*) AS accounts, sum(free + staked) AS amount\n"
        "FROM accounts GROUP BY class, disposition ORDER BY amount DESC, class",
    ),
    Question(
        "dispositions",
        "What becomes of it?",
        "SELECT disposition, count(*) AS accounts, sum(free + staked) AS amount\n"
        "FROM accounts GROUP BY disposition ORDER BY amount DESC",
    ),
    Question(
        "rounding",
        "What did rounding leave in pools, which is nobody's?",
        "SELECT coalesce(sum(remainder), 0) AS amount FROM pools",
    ),
    Question(
        "unexplained",
        "What is left of the issuance after all accounts and rounding?",
        "SELECT (SELECT total FROM issuance) - (SELECT sum(free + staked) FROM accounts)\n"
        "       - (SELECT coalesce(sum(remainder), 0) FROM pools) AS amount",
    ),
    Question(
        "claimable",
        "How many claims, how much free and staked?",
        "SELECT count(*) AS claims, sum(free) AS free, sum(staked) AS staked, sum(free + staked) AS amount\n"
        "FROM accounts WHERE disposition = 'claimable'",
    ),
    Question(
        "sizes",
        "How large are the claims? By power of ten: decade 0 is 1 PHA to under 10.",
        "SELECT length((free + staked)::VARCHAR) - 13 AS decade, count(*) AS claims, sum(free + staked) AS amount\n"
        "FROM accounts WHERE disposition = 'claimable' GROUP BY decade ORDER BY decade",
    ),
    Question(
        "largest",
        "Which are the ten largest claims?",
        "SELECT account, class, free, staked FROM accounts WHERE disposition = 'claimable'\n"
        "ORDER BY free + staked DESC, account LIMIT 10",
    ),
    Question(
        "origins",
        "Where does it come from? Only where staking was looked through.",
        "SELECT origin, count(DISTINCT account) AS accounts, sum(amount) AS amount\n"
        "FROM positions GROUP BY origin ORDER BY amount DESC",
    ),
    Question(
        "pools",
        "What did pools and vaults hold and give?",
        "SELECT kind, count(*) AS pools, sum(pot) AS pot, sum(given) AS given, sum(remainder) AS remainder,\n"
        "       sum(cut) AS cut\nFROM pools GROUP BY kind ORDER BY kind",
    ),
    Question(
        "equations",
        "Which amounts were come by in two ways and found equal? (One more for each pool.)",
        "SELECT name, left_side, left_amount, right_side, right_amount FROM equations\n"
        "WHERE name NOT LIKE 'vault %' AND name NOT LIKE 'stake pool %'",
    ),
    Question(
        "pool_equations",
        "For how many pools and vaults is what they had what they gave and kept?",
        "SELECT count(*) AS pools FROM equations\n"
        "WHERE (name LIKE 'vault %' OR name LIKE 'stake pool %') AND left_amount = right_amount",
    ),
    Question("entries", "How many entries were read, and how?", "SELECT item, decoded_by, entries FROM entries"),
    Question("trees", "Which trees are claims proven against?", "SELECT tree, root, total, claims FROM trees"),
)


class ReportError(BridgeError):
    """A ledger whose own tables do not add up: no report is written of it."""


def answers(database: LedgerDatabase) -> dict[str, Answer]:
    """All questions answered, by name. Raises ReportError if anything is left unexplained."""
    found = {question.name: database.ask(question.sql) for question in QUESTIONS}
    ((left,),) = found["unexplained"].rows
    if left != 0:
        raise ReportError(f"{left} base units of the issuance are in no account: build the snapshot again")
    return found
