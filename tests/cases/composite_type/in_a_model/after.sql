create type size as (height int, width int);
create domain price as numeric(12, 2) default 2 check (value > 0);
create type span as range (subtype = timetz, multirange_type_name = spans);
create view sizes as select (size).width, price, span, spans(span) as many from customers;
