create statistics orders_worth on status, total from orders;
