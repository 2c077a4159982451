create rule "Kept ""in"" Köln" as on delete to "Order Lines" do instead nothing;
create rule "a name of sixty-three bytes, which is the longest that there ca" as on update to "Order Lines" where new."Größe" > 1 do also nothing;
