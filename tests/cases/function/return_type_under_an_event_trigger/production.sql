create event trigger watches on ddl_command_end when tag in ('CREATE STATISTICS') execute function watch();
