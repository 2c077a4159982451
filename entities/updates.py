"""`updated_at` of an order is kept by the database."""

from cucurbit import Function, Trigger

touch_updated_at = Function(
    "touch_updated_at",
    """
begin
  new.updated_at := now();
  return new;
end
""",
    returns="trigger",
    language="plpgsql",
)

orders_touch = Trigger(
    "orders_touch",
    "before update",
    table="orders",
    when="old.* is distinct from new.*",
    execute="touch_updated_at()",
)
