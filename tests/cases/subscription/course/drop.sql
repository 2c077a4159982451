create subscription "select" connection 'dbname=''a b''' publication p with (connect = false);
