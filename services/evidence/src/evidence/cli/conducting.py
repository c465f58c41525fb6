"""`evidence cases`: a dispute opened, looked at, and closed."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any, cast, get_args
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from chassis.facing.commands import at_work
from chassis.facing.service import Service
from chassis.keeping.running import Running
from chassis.keeping.work import begun_by
from evidence.cli.instruments import fail
from evidence.domain.case import Dispute, OpenCase
from evidence.handlers import cases as handlers
from evidence.views import cases as view
from evidence.views import holds

DAY = ["%Y-%m-%d"]
Operator = Annotated[str, typer.Option(help="Who does this.", envvar="USER")]
Case = Annotated[UUID, typer.Argument(help="The id of a case.")]


def cases(service: Callable[[], Service[Any]]) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """Disputes that the record is kept together for."""

    @app.command("open")
    def open_(
        number: Annotated[str, typer.Option(help="How the office or court calls it.")],
        dispute: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(Dispute))}.")],
        subject: Annotated[list[str], typer.Option(help="Whom it is about, such as E1001; may be given again.")],
        since: Annotated[datetime, typer.Option(formats=DAY, help="The first day.")],
        until: Annotated[datetime, typer.Option(formats=DAY, help="The last day.")],
        claim: Annotated[str, typer.Option(help="What is claimed.")],
        amount: Annotated[str | None, typer.Option(help="How much, in RMB.")] = None,
        operator: Operator = "operator",
    ) -> None:
        """Open a case, and place a legal hold on the record of each person whom it is about. Prints its id."""
        if dispute not in get_args(Dispute):
            raise fail(f"{dispute} is no kind of dispute; they are {', '.join(get_args(Dispute))}", 2)
        cause = begun_by(f"user:{operator}")
        asked = partial(
            OpenCase,
            case=cause.correlation,  # a fresh id, which ties together all that the opening leads to
            number=number,
            dispute=cast(Dispute, dispute),
            subjects=tuple(subject),
            since=since.date(),
            until=until.date(),
            claim=claim,
            amount=_money(amount),
        )

        def act(running: Running) -> OpenCase:
            command = asked(known=handlers.known(running.store, subject))
            running.committer.commit(cause, partial(handlers.open_case, asked=command))
            return command

        typer.echo(str(at_work(service(), act).case))

    @app.command("list")
    def list_(subject: Annotated[str | None, typer.Option(help="Only those about this person.")] = None) -> None:
        """All cases."""
        rows = at_work(service(), lambda running: view.cases_after(running.store, "", 1_000_000, subject))
        table = Table("case", "number", "dispute", "subjects", "period", "state")
        for row in rows:
            period, state = f"{row['since']} – {row['until']}", f"closed: {row['outcome']}" if row["closed"] else "open"
            table.add_row(row["case_id"], row["number"], row["dispute"], ", ".join(row["subjects"]), period, state)
        Console().print(table if rows else "there are no cases")

    @app.command()
    def show(case: Case) -> None:
        """One case with what was filed, opened, asked for and handed over in it, as JSON."""

        def act(running: Running) -> dict[str, Any] | None:
            row = view.case_row(running.store, str(case))
            return row and {
                **row,
                "documents": view.documents(running.store, str(case)),
                "openings": holds.fields_opened(running.store, str(case)),
                "requests": view.requests(running.store, str(case)),
                "hand_overs": view.hand_overs(running.store, str(case)),
            }

        found = at_work(service(), act)
        if found is None:
            raise fail(f"there is no case {case}")
        typer.echo(json.dumps(found, default=str, ensure_ascii=False, indent=2))

    @app.command()
    def close(
        case: Case, outcome: Annotated[str, typer.Option(help="How it ended.")], operator: Operator = "operator"
    ) -> None:
        """Close a case, and lift the holds that it placed."""
        handler = partial(handlers.close_case, stream=case, outcome=outcome)
        at_work(service(), lambda running: running.committer.commit(begun_by(f"user:{operator}"), handler))
        typer.echo(f"{case} is closed")

    return app


def _money(said: str | None) -> Decimal | None:
    try:
        return Decimal(said) if said is not None else None
    except InvalidOperation as fault:
        raise fail(f"{said} is no amount", 2) from fault
