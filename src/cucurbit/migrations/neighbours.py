"""Other libraries that extend Alembic in the same process, and want the same names or do the same work.

alembic_utils has an `op.create_entity`, an `op.replace_entity` and an `op.drop_entity` of its own, and with Alembic
whoever is imported last has the name. So in a run of ours each revision tells them apart by what they are given: SQL is
ours, an object is theirs, and is run as ever. https://olirice.github.io/alembic_utils/
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from alembic.operations import MigrateOperation, Operations
from alembic.util import PriorityDispatchResult

from cucurbit.migrations.operations import EntityOp

_MODULE = "alembic_utils.reversible_op"
# Our name of an operation, and theirs.
_THEIRS = {
    "create_entity": ("CreateOp", "invoke_for_target"),
    "replace_entity": ("ReplaceOp", "invoke_for_target"),
    "drop_entity": ("DropOp", "invoke_for_target_optional_cascade"),
}
# Whose comparators have no plugin that Alembic could be told to leave out.
_COMPARING = ("alembic_utils", "sqlalchemy_declarative_extensions")


class TellApartOp(MigrateOperation):
    """From here on the `op` of a run tells our operations from others of the same names; nothing is sent."""


@Operations.implementation_for(TellApartOp)
def _tell_apart(operations: Operations, operation: TellApartOp) -> None:
    for name in _THEIRS:
        setattr(operations, name, partial(_called, operations, name))


def _called(operations: Operations, name: str, *args: Any, **kwargs: Any) -> Any:
    theirs = sys.modules.get(_MODULE)
    if theirs is None or any(isinstance(value, str) for value in (*args, *kwargs.values())):
        return getattr(EntityOp, name)(operations, *args, **kwargs)
    operation, method = _THEIRS[name]
    return getattr(getattr(theirs, operation), method)(operations, *args, **kwargs)


def compare_alone(*_: Any) -> PriorityDispatchResult:
    """Alembic's comparator, before those that libraries have registered without a plugin: they are not to compare.

    What they compare are entities of ours; they would drop what they have not been told of.
    """
    is_there = any(name in sys.modules for name in _COMPARING)
    return PriorityDispatchResult.STOP if is_there else PriorityDispatchResult.CONTINUE
