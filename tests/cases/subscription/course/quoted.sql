create subscription "Größe ""x"" 1" connection 'host=db.invalid' publication "select", "a, b"
  with (connect = false, slot_name = 'sizes');
create subscription "select" connection 'dbname=''a b''' publication p with (connect = false);
create subscription pg_changes connection 'host=db.invalid' publication p with (connect = false);
create subscription "a subscription with a name as long as PostgreSQL lets any be 63" connection 'host=db.invalid'
  publication p with (connect = false, slot_name = none);
