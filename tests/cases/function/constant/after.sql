create function is_open(status text) returns boolean language sql return status = ' open';
