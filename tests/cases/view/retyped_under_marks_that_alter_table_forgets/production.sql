create index theirs on items ((amount + 1));
alter index theirs alter column 1 set statistics 33;
