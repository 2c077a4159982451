create rule kept as on delete to orders do instead nothing;
create rule kept as on delete to customers do instead nothing;
