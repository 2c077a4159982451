create publication changes for table items with (publish = 'insert');
create publication everything for all tables;
create publication nothing;
