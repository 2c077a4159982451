create schema shop;
create function shop.handle() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function shop.one() returns int language plpgsql as 'begin return 1; end';
