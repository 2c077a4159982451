create publication picked for table items (id, name) where (id > 0);
