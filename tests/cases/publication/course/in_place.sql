create publication changes for table only customers where (is_active), only orders (total, id)
  with (publish = 'insert, update, delete, truncate', publish_via_partition_root = false);
create publication everything for all tables with (publish = 'insert');
create publication nothing for tables in schema public with (publish = '');
