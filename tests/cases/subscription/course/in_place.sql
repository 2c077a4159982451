create subscription changes connection 'host=new.invalid dbname=shop' publication changes
  with (connect = false, binary = true, disable_on_error = true, origin = none, run_as_owner, password_required = false);
create subscription detached connection 'host=db.invalid' publication p, q
  with (connect = false, slot_name = a_slot);
