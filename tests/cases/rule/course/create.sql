create rule kept as on delete to orders do instead nothing;
CREATE OR REPLACE RULE noted AS ON UPDATE TO public.orders WHERE old.total > 1 DO ALSO (INSERT INTO customers (name) SELECT 'x' WHERE false; SELECT 1);
