create extension if not exists plpgsql schema public;
