create rule kept as on delete to orders do instead nothing;
create rule told as on update to orders do also notify changed_orders;
alter table orders enable replica rule kept;
alter table only public.orders enable always rule told;
