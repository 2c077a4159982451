create publication "Größe ""x"" 1" for table "Order Lines" (id, "Größe") where ("Größe" > 1), orders;
create publication "select";
create publication "a publication with a name as long as PostgreSQL lets any be, 63";
create publication pg_changes for tables in schema public;
