create function "handle"() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function validate(oid) returns void language c as '$libdir/plpgsql', 'plpgsql_validator';
create function run_inline(internal) returns void language c as '$libdir/plpgsql', 'plpgsql_inline_handler';
create trusted language ours handler handle inline run_inline;
create language full_one handler handle validator validate;
