create publication changes for table orders (id, status, total) where (total > 0 and status <> 'it''s'), customers
  with (publish = 'update, insert', publish_via_partition_root);
create publication everything for all tables;
create publication nothing;
