create function "handle"() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function validate(oid) returns void language c as '$libdir/plpgsql', 'plpgsql_validator';
create function run_inline(internal) returns void language c as '$libdir/plpgsql', 'plpgsql_inline_handler';
create language "It's ""so""" handler handle;
create language "select" handler handle;
create language größe handler handle;
create language a23456789012345678901234567890123456789012345678901234567890123 handler handle;
create function one() returns int language "It's ""so""" as 'begin return 1; end';
create function two() returns int language "select" as 'begin return 2; end';
