create publication changes for table only customers where (is_active), only orders (total, id)
  with (publish = 'insert, update, delete, truncate', publish_via_partition_root = false);
create publication all_of_it for table orders (id), customers where (id > 0);
create publication nothing for tables in schema public with (publish = '');
