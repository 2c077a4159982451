create sequence coupon start 2000 increment 10 minvalue 100;
create sequence public.backwards as integer increment by 2 maxvalue 100 minvalue -100;
create sequence passing minvalue 10 maxvalue 5000000001 no cycle;
create domain numbered as bigint default nextval('coupon');
create view reached as select last_value, is_called from coupon;
create function next_ticket() returns bigint begin atomic select nextval('coupon'); end;
create view next_view as select next_ticket() as n, last_value from backwards;
