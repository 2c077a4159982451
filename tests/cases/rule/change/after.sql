create rule kept as on delete to orders where old.total > 2000 do instead nothing;
