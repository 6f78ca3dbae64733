-- How many unfinished items there are of each kind, kept as they change.
--
-- Triggers count, so that no statement that changes an item can forget to; and those of a node that still
-- runs the program before this one count too.

-- A question is open whose answer could raise the band: the item's current assessment has one.
ALTER TABLE work_items ADD COLUMN provisional boolean NOT NULL DEFAULT false;
UPDATE work_items w SET provisional = true FROM assessments a
WHERE a.id = w.assessment_id AND a.questions <> '[]' AND w.state <> 'done';

-- The oldest of each desk, band and state.
CREATE INDEX work_items_oldest ON work_items (desk, state, band, received, restricted) WHERE state <> 'done';

-- Hours are counted from 1970. Those long past are kept as hour 0.
CREATE TABLE backlog_counts (
    desk text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    band smallint NOT NULL,
    provisional boolean NOT NULL,
    unassessed boolean NOT NULL,
    restricted smallint NOT NULL,
    received_hour bigint NOT NULL,
    due_hour bigint NOT NULL,
    items bigint NOT NULL,
    PRIMARY KEY (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- What changed the counts and was not gathered yet. Whoever changes items adds rows of their own: a row
-- that everybody wrote would have them wait for each other.
CREATE TABLE backlog_deltas (
    desk text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    band smallint NOT NULL,
    provisional boolean NOT NULL,
    unassessed boolean NOT NULL,
    restricted smallint NOT NULL,
    received_hour bigint NOT NULL,
    due_hour bigint NOT NULL,
    items bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);

CREATE FUNCTION hour_of(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT floor(extract(epoch FROM at) / 3600)::bigint $$;

CREATE FUNCTION count_new_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backlog_deltas
    SELECT desk, state, band, provisional, assessment_id IS NULL, restricted, hour_of(received), hour_of(due),
        count(*)
    FROM became WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_changed_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backlog_deltas
    SELECT desk, state, band, provisional, assessment_id IS NULL, restricted, hour_of(received), hour_of(due),
        sum(n)
    FROM (SELECT *, -1 AS n FROM was UNION ALL SELECT *, 1 FROM became) changed
    WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(n) <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_removed_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backlog_deltas
    SELECT desk, state, band, provisional, assessment_id IS NULL, restricted, hour_of(received), hour_of(due),
        -count(*)
    FROM was WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
    RETURN NULL;
END
$$;

CREATE TRIGGER work_items_new_are_counted AFTER INSERT ON work_items
    REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION count_new_items();
CREATE TRIGGER work_items_changed_are_counted AFTER UPDATE ON work_items
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION count_changed_items();
CREATE TRIGGER work_items_removed_are_counted AFTER DELETE ON work_items
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION count_removed_items();

INSERT INTO backlog_counts
SELECT desk, state, band, provisional, assessment_id IS NULL, restricted, hour_of(received), hour_of(due), count(*)
FROM work_items WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
