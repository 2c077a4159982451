create view v as select id, total::text from orders;
create view w as select id, total from v;
create materialized view m as select total from w;
create index m_total on m (total);
create function f() returns setof w language sql begin atomic select * from w; end;
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger w_insert instead of insert on w for each row execute function touch();
