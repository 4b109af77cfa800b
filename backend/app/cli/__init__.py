"""The `resq` command."""

import typer

from app.cli.backup import firestore_app
from app.cli.demo import demo
from app.cli.doctor import doctor
from app.cli.evaluate import eval_app
from app.cli.importing import import_file
from app.cli.jobs import jobs_app
from app.cli.knowledge import knowledge_app
from app.cli.match import match
from app.cli.retention import retention
from app.cli.serve import serve
from app.cli.users import users_app
from app.cli.worker import beat, worker
from app.core.logging import configure_logging

app = typer.Typer(name="resq", no_args_is_help=True, pretty_exceptions_enable=False)
app.command("serve")(serve)
app.command("demo")(demo)
app.command("import")(import_file)
app.command("doctor")(doctor)
app.command("match")(match)
app.command("retention")(retention)
app.command("worker")(worker)
app.command("beat")(beat)
app.add_typer(jobs_app, name="jobs")
app.add_typer(users_app, name="users")
app.add_typer(eval_app, name="eval")
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(firestore_app, name="firestore")


@app.callback()
def quietly() -> None:
    """The backend of ResQConnect."""
    # Commands speak for themselves; only what goes wrong is logged, to standard error.
    configure_logging(json=False, level="warning")


def main() -> None:
    app()
