create index "By ""order"", %" on "Order Lines" ("order");
alter table "Order Lines" cluster on "By ""order"", %";
