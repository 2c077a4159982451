create publication changes with (publish = 'insert, update', publish_via_partition_root);
create publication everything for table only items;
create publication nothing for table items with (publish = '');
