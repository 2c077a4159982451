create policy big on items using (amount > 9);
