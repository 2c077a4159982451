"""The command line in this process: quick, where a process of its own is not the point."""

from __future__ import annotations

from click.testing import CliRunner, Result

from cucurbit.commands import commands
from tests.project import Project


def run(project: Project, *args: str, **environment: str) -> Result:
    """`python manage.py …` as `Project.manage` runs it, for a project whose settings can be read."""
    with project.at_work():
        return CliRunner().invoke(commands, list(args), prog_name="manage.py", obj=project.path, env=dict(environment))
