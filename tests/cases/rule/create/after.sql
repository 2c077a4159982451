create rule kept as on delete to orders where old.total > 1000 do instead nothing;
create rule counted as on insert to orders do also insert into customers (id, email, name, joined)
  values (new.id, 'it''s; 100%', ':name', current_date);
