create type size as (width int, height int);
create domain price as numeric(10, 2) default 1 check (value >= 0);
create type span as range (subtype = time, multirange_type_name = spans);
create view sizes as select (size).width, price, span, spans(span) as many from customers;
