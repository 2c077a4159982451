create statistics dated on (date_trunc('day', created_at at time zone 'UTC')) from orders;
