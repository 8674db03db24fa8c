-- When an order was cancelled. Of those that were before, nobody knows.
ALTER TABLE orders ADD COLUMN cancelled_at INTEGER;
