"""The catalogs: where objects are, and whose they are. https://www.postgresql.org/docs/current/catalogs.html"""

from __future__ import annotations

# classid, oid, owner, acl (null where nothing was granted or revoked), class as acldefault() wants it, null for what
# has no rights. Domains are types, foreign tables and views tables.
OWNED = """
select 'pg_class'::regclass as classid, oid, relowner as owner, relacl as acl,
       case relkind when 'S' then 's' else 'r' end::"char" as class
  from pg_class where relkind in ('r', 'p', 'f', 'v', 'm', 'S')
union all select 'pg_proc'::regclass, oid, proowner, proacl, 'f' from pg_proc
union all select 'pg_type'::regclass, oid, typowner, typacl, 'T' from pg_type
union all select 'pg_namespace'::regclass, oid, nspowner, nspacl, 'n' from pg_namespace
union all select 'pg_language'::regclass, oid, lanowner, lanacl, 'l' from pg_language
union all select 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl, 'F' from pg_foreign_data_wrapper
union all select 'pg_foreign_server'::regclass, oid, srvowner, srvacl, 'S' from pg_foreign_server
union all select 'pg_operator'::regclass, oid, oprowner, null, null from pg_operator
union all select 'pg_opclass'::regclass, oid, opcowner, null, null from pg_opclass
union all select 'pg_opfamily'::regclass, oid, opfowner, null, null from pg_opfamily
union all select 'pg_collation'::regclass, oid, collowner, null, null from pg_collation
union all select 'pg_conversion'::regclass, oid, conowner, null, null from pg_conversion
union all select 'pg_ts_dict'::regclass, oid, dictowner, null, null from pg_ts_dict
union all select 'pg_ts_config'::regclass, oid, cfgowner, null, null from pg_ts_config
union all select 'pg_statistic_ext'::regclass, oid, stxowner, null, null from pg_statistic_ext
union all select 'pg_event_trigger'::regclass, oid, evtowner, null, null from pg_event_trigger
union all select 'pg_publication'::regclass, oid, pubowner, null, null from pg_publication
union all select 'pg_subscription'::regclass, oid, subowner, null, null from pg_subscription
"""

# What GRANT calls an object of `a`, a row of OWNED.
WORD = """
case a.class when 'r' then 'TABLE' when 's' then 'SEQUENCE' when 'f' then 'ROUTINE' when 'T' then 'TYPE'
             when 'n' then 'SCHEMA' when 'l' then 'LANGUAGE' when 'F' then 'FOREIGN DATA WRAPPER'
             when 'S' then 'FOREIGN SERVER' end
"""

# classid, oid of every object that a statement makes by itself, but for columns, roles, and what initdb made.
OBJECTS = """
select 'pg_class'::regclass as classid, oid from pg_class where relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I')
union all select 'pg_proc'::regclass, oid from pg_proc
union all select 'pg_type'::regclass, oid from pg_type
           where typtype in ('d', 'e', 'p', 'r')
              or typtype = 'b' and not exists (select from pg_type e where e.typarray = pg_type.oid)
              or typtype = 'c' and exists (select from pg_class c where c.oid = typrelid and c.relkind = 'c')
union all select 'pg_namespace'::regclass, oid from pg_namespace
union all select 'pg_constraint'::regclass, oid from pg_constraint
union all select 'pg_trigger'::regclass, oid from pg_trigger where not tgisinternal
union all select 'pg_rewrite'::regclass, oid from pg_rewrite where rulename <> '_RETURN'
union all select 'pg_policy'::regclass, oid from pg_policy
union all select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext
union all select 'pg_am'::regclass, oid from pg_am
union all select 'pg_cast'::regclass, oid from pg_cast
union all select 'pg_collation'::regclass, oid from pg_collation
union all select 'pg_conversion'::regclass, oid from pg_conversion
union all select 'pg_event_trigger'::regclass, oid from pg_event_trigger
union all select 'pg_extension'::regclass, oid from pg_extension
union all select 'pg_foreign_data_wrapper'::regclass, oid from pg_foreign_data_wrapper
union all select 'pg_foreign_server'::regclass, oid from pg_foreign_server
union all select 'pg_user_mapping'::regclass, umid from pg_user_mappings
union all select 'pg_language'::regclass, oid from pg_language
union all select 'pg_largeobject'::regclass, oid from pg_largeobject_metadata
union all select 'pg_opclass'::regclass, oid from pg_opclass
union all select 'pg_operator'::regclass, oid from pg_operator
union all select 'pg_opfamily'::regclass, oid from pg_opfamily
union all select 'pg_publication'::regclass, oid from pg_publication
union all select 'pg_subscription'::regclass, s.oid
            from pg_subscription s join pg_database d on d.oid = s.subdbid and d.datname = current_database()
union all select 'pg_transform'::regclass, oid from pg_transform
union all select 'pg_ts_config'::regclass, oid from pg_ts_config
union all select 'pg_ts_dict'::regclass, oid from pg_ts_dict
union all select 'pg_ts_parser'::regclass, oid from pg_ts_parser
union all select 'pg_ts_template'::regclass, oid from pg_ts_template
union all select 'pg_default_acl'::regclass, oid from pg_default_acl
"""
