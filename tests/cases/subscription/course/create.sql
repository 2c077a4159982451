create subscription changes connection 'host=db.invalid dbname=shop' publication changes, "Other ö"
  with (connect = false);
create subscription detached connection 'host=db.invalid passfile=/etc/shop.pgpass application_name=''it\''s''' publication p
  with (connect = off, slot_name = none, synchronous_commit = 'local', streaming = on, binary);
