create function "handle"() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function validate(oid) returns void language c as '$libdir/plpgsql', 'plpgsql_validator';
create function run_inline(internal) returns void language c as '$libdir/plpgsql', 'plpgsql_inline_handler';
create language ours handler handle;
CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE full_one HANDLER public.handle INLINE run_inline VALIDATOR validate;
