create statistics "More ""of"", %" on status, tags from orders;
alter statistics "More ""of"", %" set statistics 5;
