# SPDX-License-Identifier: Apache-2.0
"""`ape run stake keep`: whatever anyone may do for all and what is due, done."""

from __future__ import annotations

import click

from pha.staking.errors import Refused
from pha.staking.keeping import chores
from pha.staking.worker_state import registered_keys
from scripts._stake_session import Session, address_of, command, from_block_option


def register(cli: click.Group) -> None:
    """Adds the command."""

    @command(cli, "keep")
    @click.option(
        "--vault", "vaults", multiple=True, metavar="ADDRESS", help="Vault to keep; repeat. The known one if none."
    )
    @click.option(
        "--key", "keys", multiple=True, metavar="ADDRESS", help="Worker to mind; repeat. All in the log if none."
    )
    @click.option("--no-workers", is_flag=True, help="Mind no workers, and search no log for them.")
    @from_block_option
    def keep(
        session: Session, vaults: tuple[str, ...], keys: tuple[str, ...], no_workers: bool, from_block: int
    ) -> None:
        """Do whatever is due and anyone may do; say what was done, and of the rest why not.

        Claims that nobody acted on lapse; workers without evidence are stopped, slashes written down, cooled locks
        released; requests that are due are settled; vaults collect, fill, call back and record their value; epochs
        are opened and closed; pools are paid. Each step is tried before it is sent, and costs only gas.
        """
        suite, workers = session.suite, [address_of(key) for key in keys]
        if not workers and not no_workers and suite.knows("registry"):
            with session.searching(from_block) as advance:
                workers = registered_keys(suite, None, from_block, advance)
        done, waiting, failed = 0, [], 0
        for chore in chores(suite, list(suite.pools()), session.vaults(vaults), workers):
            if chore.step is None:
                waiting.append({"about": chore.about, "why_not": chore.why_not})
                session.tell(f"not done: {chore.about}: {chore.why_not}")
                continue
            try:
                session.send(chore.step)
                done += 1
            except Refused as refused:  # another keeper was faster, or the chain has moved on
                failed += 1
                waiting.append({"about": chore.about, "why_not": str(refused)})
                session.tell(f"failed: {chore.step.says}: {refused}")
        verb = "done" if session.sends else "due"
        session.note(f"{done} {verb}, {len(waiting) - failed} waiting, {failed} failed", waiting=waiting)
        if failed:
            session.finish()
            raise SystemExit(1)
