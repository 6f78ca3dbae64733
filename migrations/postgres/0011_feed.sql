-- What changed, for whoever watches: identifiers and kinds, no content. Triggers write it in the
-- transaction of the change, so that no statement that changes an item can forget to.
--
-- Transactions end in another order than they begin and write. What each wrote is read in the order of
-- `xact`, once no older transaction runs: whoever read up to a place misses nothing before it.
CREATE TABLE feed (
    xact bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    place bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text COLLATE "C" NOT NULL CONSTRAINT feed_kind CHECK (kind IN ('opened', 'changed', 'done')),
    work_item_id uuid NOT NULL,
    PRIMARY KEY (xact, place)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX feed_at ON feed (at);

-- Up to where rows were pruned.
CREATE TABLE feed_pruned (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT feed_pruned_one CHECK (one),
    xact bigint NOT NULL,
    place bigint NOT NULL
);
INSERT INTO feed_pruned (xact, place) VALUES (0, 0);

CREATE FUNCTION feed_new_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed (kind, work_item_id) SELECT 'opened', id FROM became;
    RETURN NULL;
END
$$;

CREATE FUNCTION feed_changed_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feed (kind, work_item_id)
    SELECT CASE WHEN b.state = 'done' AND w.state <> 'done' THEN 'done' ELSE 'changed' END, b.id
    FROM became b JOIN was w ON w.id = b.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER work_items_new_are_told AFTER INSERT ON work_items
    REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION feed_new_items();
CREATE TRIGGER work_items_changed_are_told AFTER UPDATE ON work_items
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION feed_changed_items();
