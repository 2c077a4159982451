/* what an order costs, before tax */
create function order_total(order_id bigint, tax numeric(4, 2) default 0.19) returns numeric
language sql stable as $$
  select total * (1 + tax) from orders where id = order_id  -- 100 % of it
$$;
create or replace function greet("Who" text = 'it''s :you', sep varchar default ', ') returns text
language sql immutable parallel safe as 'select ''Hello%'' || sep || "Who"';
