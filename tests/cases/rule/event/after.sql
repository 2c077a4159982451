create rule kept as on update to orders do also nothing;
