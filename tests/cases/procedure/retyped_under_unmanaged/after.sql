create procedure ours() begin atomic delete from items where amount < 0; end;
