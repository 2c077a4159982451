create function touch() returns trigger language plpgsql as $body$
declare
  n integer := 1;
begin
  -- it's $$ here, "quoted" \n, and a tab:	.
  execute $$ select 1 $$;

  new.status := 'b' || E'\t''"""';
  return new;   
end
$body$;
