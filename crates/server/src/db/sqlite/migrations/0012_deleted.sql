-- A draft that is deleted takes with it what is its own and in no room. Its webhooks would never be told anything again.
CREATE TRIGGER event_deleted AFTER DELETE ON events
BEGIN
    DELETE FROM pictures WHERE event = OLD.id;
    DELETE FROM event_news WHERE event = OLD.id;
    DELETE FROM webhook_deliveries
    WHERE webhook IN (SELECT id FROM webhooks WHERE event = OLD.id);
    DELETE FROM webhooks WHERE event = OLD.id;
END;
