create rule kept as on delete to orders where old.total > 2 do instead nothing;
create rule noted as on update to orders do also select 2;
