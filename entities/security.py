"""A customer sees only their own orders."""

from cucurbit import Policy, RowLevelSecurity

orders_row_level_security = RowLevelSecurity("orders")

own_orders = Policy(
    "own_orders",
    "orders",
    using="customer_id in (select id from customers where login = current_user)",
)
