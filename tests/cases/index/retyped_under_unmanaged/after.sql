create index ours on items (amount) where amount > 0;
