create rule kept as on delete to customers do instead nothing;
