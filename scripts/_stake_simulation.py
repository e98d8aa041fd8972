# SPDX-License-Identifier: Apache-2.0
"""`ape run stake simulate`: years of emission, delegation and slashes, as a table, pictures and CSV.

ape run stake simulate --years 5 --out out/staking
ape run stake simulate --scenario my.yaml --set emission.first_amount=266338 --set slashing.level_3_a_year=4
"""

from __future__ import annotations

from pathlib import Path

import click
import yaml
from rich.console import Console
from rich.table import Table

from pha.bridge.progress import progress_bars, silent
from pha.staking.simulation import Run
from pha.staking.simulation import simulate as run_scenario
from pha.staking.simulation_pictures import grouped, write_pictures
from pha.staking.simulation_scenario import SCENARIOS, ScenarioError, load_scenario, told_of
from pha.staking.simulation_tables import write_tables
from pha.staking.workers import ONE

DEFAULT_FOLDER = Path("out") / "staking"
SHIPPED = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def scenario_path(named: str | None) -> Path | None:
    """A shipped scenario by its name, or a file.

    Raises:
        click.BadParameter: neither is there.
    """
    if named is None:
        return None
    path = SCENARIOS / f"{named}.yaml" if named in SHIPPED else Path(named)
    if not path.is_file():
        raise click.BadParameter(f"neither a file nor one of {', '.join(SHIPPED)}: {named}", param_hint="--scenario")
    return path


def percent(growth: int) -> str:
    return f"{(growth - ONE) * 100 / ONE:,.2f} %"


def years_table(run: Run) -> Table:
    table = Table(title=f"{run.scenario.title}; seed {run.scenario.seed}; PHA")
    for name in ("year", "workers' part", "stakers' part", "treasury", "reserve left", "slashed", "burned"):
        table.add_column(name, justify="right")
    for name in ("pools' return", "vault's return", "share price", "staked", "votes", "workers"):
        table.add_column(name, justify="right")
    for year in run.years:
        amounts = (year.to_workers, year.to_stakers, year.to_treasury, year.last.reserve, year.slashed, year.burned)
        table.add_row(
            str(year.number),
            *map(grouped, amounts),
            percent(year.growth),
            percent(year.vault_growth),
            grouped(year.last.price_mean, 4),
            grouped(year.last.staked),
            grouped(year.last.votes),
            str(year.last.workers),
        )
    return table


def levels_table(run: Run) -> Table:
    table = Table(title="Workers' part by confidence level; PHA")
    table.add_column("year", justify="right")
    for level in range(1, 6):
        table.add_column(f"level {level}", justify="right")
    for year in run.years:
        table.add_row(str(year.number), *map(grouped, year.payout_by_level))
    return table


def books_table(run: Run) -> Table:
    table = Table(title=f"Checked after each of {run.balanced_days} days; wei at the end")
    table.add_column("")
    table.add_column("left", justify="right")
    table.add_column("right", justify="right")
    table.add_column("holds")
    for equation in run.books:
        table.add_row(equation.says, f"{equation.left:,}", f"{equation.right:,}", "yes" if equation.holds else "NO")
    return table


def remarks(run: Run) -> list[str]:
    """What the tables do not say."""
    emission = run.scenario.emission
    lines = [f"offences of level 1 to 4: {', '.join(map(str, run.offences))}"]
    if run.reserve_used_up is not None:
        lines.append(
            f"the reserve is used up by day {run.reserve_used_up} of the schedule; it lasts for ever if the first day "
            f"pays at most {grouped(emission.lasting_amount)} PHA"
        )
    if run.refused:
        lines.append("refused: " + ", ".join(f"{name} {times}" for name, times in run.refused.items()))
    return lines


@click.command("simulate")
@click.option("--scenario", "named", help=f"YAML file, or one that is shipped: {', '.join(SHIPPED)}")
@click.option("--set", "overrides", multiple=True, metavar="NAME=VALUE", help="put a value over the scenario's")
@click.option("--years", type=int, help="years of 365 days")
@click.option("--seed", type=int, help="of everything random")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_FOLDER, show_default=True
)
@click.option("--quiet", is_flag=True, help="no progress bar")
@click.option("--print-scenario", is_flag=True, help="print the scenario as YAML and run nothing")
def simulate(named, overrides, years, seed, folder, quiet, print_scenario):
    """Simulate years of staking with the exact models, and draw pictures."""
    options = [f"{name}={value}" for name, value in (("years", years), ("seed", seed)) if value is not None]
    try:
        scenario = load_scenario(scenario_path(named), (*overrides, *options))
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    if print_scenario:
        click.echo(yaml.safe_dump(told_of(scenario), sort_keys=False, allow_unicode=True), nl=False)
        return
    run = run_scenario(scenario, silent if quiet else progress_bars)
    console = Console(width=200)
    for table in (years_table(run), levels_table(run), books_table(run)):
        console.print(table)
    for line in remarks(run):
        console.print(line, highlight=False)
    folder.mkdir(parents=True, exist_ok=True)
    written = [*write_pictures(run, folder), *write_tables(run, folder)]
    console.print(f"wrote {', '.join(path.name for path in written)} to {folder}", highlight=False)
