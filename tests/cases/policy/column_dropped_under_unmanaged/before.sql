create policy ours on items for select using (id > 0);
