create rule "Kept ""as"", %" as on delete to "Order Lines" do instead nothing;
alter table "Order Lines" disable rule "Kept ""as"", %";
create rule kept as on delete to orders do instead nothing;
alter table orders disable rule kept;
