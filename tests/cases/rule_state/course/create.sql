alter table orders disable rule kept;
alter table only public.orders enable always rule told;
create rule kept as on delete to orders do instead nothing;
create rule told as on update to orders do also notify orders;
