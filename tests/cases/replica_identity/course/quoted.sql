create unique index "By ""order"", %" on "Order Lines" (id);
alter table "Order Lines" replica identity using index "By ""order"", %";
alter table customers replica identity using index customers_email_key;
