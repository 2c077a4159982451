create rule kept as on delete to orders where old.total > 1000 do instead nothing;
