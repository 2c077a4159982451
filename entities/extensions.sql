-- Part of every PostgreSQL; the shop's trigger function is written in it.
create extension if not exists plpgsql;
