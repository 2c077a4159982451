create procedure "Archiviere, (alles)"("Bis zum" date) language sql as $$ select "Bis zum" $$;
