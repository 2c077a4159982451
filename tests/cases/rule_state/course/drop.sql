create rule kept as on delete to orders do instead nothing;
