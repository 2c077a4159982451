"""cucurbit: one migration for SQLAlchemy tables and PostgreSQL entities, with a ledger.

The names that a project imports are here, each loaded when it is first used: `Entity`, and the class of every kind
(`View`, `Function`, `Trigger` …).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cucurbit.entities.entity import Entity as Entity
    from cucurbit.entities.kinds.access_method import AccessMethod as AccessMethod
    from cucurbit.entities.kinds.aggregate import Aggregate as Aggregate
    from cucurbit.entities.kinds.cast import Cast as Cast
    from cucurbit.entities.kinds.collation import Collation as Collation
    from cucurbit.entities.kinds.comment import Comment as Comment
    from cucurbit.entities.kinds.composite_type import CompositeType as CompositeType
    from cucurbit.entities.kinds.conversion import Conversion as Conversion
    from cucurbit.entities.kinds.default_privileges import DefaultPrivileges as DefaultPrivileges
    from cucurbit.entities.kinds.domain import Domain as Domain
    from cucurbit.entities.kinds.enum import EnumType as EnumType
    from cucurbit.entities.kinds.event_trigger import EventTrigger as EventTrigger
    from cucurbit.entities.kinds.event_trigger_state import EventTriggerState as EventTriggerState
    from cucurbit.entities.kinds.extension import Extension as Extension
    from cucurbit.entities.kinds.foreign_data_wrapper import ForeignDataWrapper as ForeignDataWrapper
    from cucurbit.entities.kinds.foreign_table import ForeignTable as ForeignTable
    from cucurbit.entities.kinds.function import Function as Function
    from cucurbit.entities.kinds.function_of_access_method import FamilyFunction as FamilyFunction
    from cucurbit.entities.kinds.grant import Grant as Grant
    from cucurbit.entities.kinds.grant_option import GrantOption as GrantOption
    from cucurbit.entities.kinds.index import Index as Index
    from cucurbit.entities.kinds.language import Language as Language
    from cucurbit.entities.kinds.materialized_view import MaterializedView as MaterializedView
    from cucurbit.entities.kinds.operator import Operator as Operator
    from cucurbit.entities.kinds.operator_class import OperatorClass as OperatorClass
    from cucurbit.entities.kinds.operator_family import OperatorFamily as OperatorFamily
    from cucurbit.entities.kinds.operator_of_access_method import FamilyOperator as FamilyOperator
    from cucurbit.entities.kinds.owner import Owner as Owner
    from cucurbit.entities.kinds.policy import Policy as Policy
    from cucurbit.entities.kinds.procedure import Procedure as Procedure
    from cucurbit.entities.kinds.publication import Publication as Publication
    from cucurbit.entities.kinds.range import Range as Range
    from cucurbit.entities.kinds.revoke import Revoke as Revoke
    from cucurbit.entities.kinds.role import Role as Role
    from cucurbit.entities.kinds.role_membership import RoleMembership as RoleMembership
    from cucurbit.entities.kinds.row_level_security import RowLevelSecurity as RowLevelSecurity
    from cucurbit.entities.kinds.rule import Rule as Rule
    from cucurbit.entities.kinds.schema import Schema as Schema
    from cucurbit.entities.kinds.security_label import SecurityLabel as SecurityLabel
    from cucurbit.entities.kinds.sequence import Sequence as Sequence
    from cucurbit.entities.kinds.server import Server as Server
    from cucurbit.entities.kinds.statistics import Statistics as Statistics
    from cucurbit.entities.kinds.subscription import Subscription as Subscription
    from cucurbit.entities.kinds.text_search_configuration import TextSearchConfiguration as TextSearchConfiguration
    from cucurbit.entities.kinds.text_search_dictionary import TextSearchDictionary as TextSearchDictionary
    from cucurbit.entities.kinds.text_search_mapping import TextSearchMapping as TextSearchMapping
    from cucurbit.entities.kinds.text_search_parser import TextSearchParser as TextSearchParser
    from cucurbit.entities.kinds.text_search_template import TextSearchTemplate as TextSearchTemplate
    from cucurbit.entities.kinds.transform import Transform as Transform
    from cucurbit.entities.kinds.trigger import Trigger as Trigger
    from cucurbit.entities.kinds.user_mapping import UserMapping as UserMapping
    from cucurbit.entities.kinds.view import View as View


def __getattr__(name: str) -> Any:
    """A kind's class, found by its name: a new kind needs no edit here (only type checkers read the list above)."""
    if name.startswith("_") and name != "__all__":
        raise AttributeError(name)
    from cucurbit.entities import kinds
    from cucurbit.entities.entity import Entity

    public = {"Entity": Entity, **kinds.by_class()}
    if name == "__all__":
        return sorted(public)
    if name not in public:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return public[name]
