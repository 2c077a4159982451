alter table readings add column double bigint generated always as (value * 2) stored;
