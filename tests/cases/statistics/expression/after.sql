create function half(numeric) returns numeric language sql immutable as 'select $1 / 2';
create statistics dated on half(total), (status || 'x''%') from orders;
