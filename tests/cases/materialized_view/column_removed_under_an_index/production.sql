create index ours_name on ours (name);
