create publication picked for table items (id, amount) where (amount > 0) with (publish = 'insert');
