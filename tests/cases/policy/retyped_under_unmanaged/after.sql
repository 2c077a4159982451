create policy ours on items for select using (amount > 0);
