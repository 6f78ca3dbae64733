-- How many unfinished items there are of each kind, kept as they change.
--
-- Triggers count, so that no statement that changes an item can forget to. There is one writer, whom no
-- row has wait: the counts are written at once, and there is nothing to gather but hours long past.

-- A question is open whose answer could raise the band: the item's current assessment has one.
ALTER TABLE work_items ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0 CHECK (provisional IN (0, 1));
UPDATE work_items SET provisional = 1 WHERE state <> 'done'
AND EXISTS (SELECT 1 FROM assessments a WHERE a.id = work_items.assessment_id AND a.questions <> '[]');

-- The oldest of each desk, band and state.
CREATE INDEX work_items_oldest ON work_items (desk, state, band, received, restricted) WHERE state <> 'done';

-- Hours are counted from 1970. Those long past are kept as hour 0.
CREATE TABLE backlog_counts (
    desk TEXT NOT NULL,
    state TEXT NOT NULL,
    band INTEGER NOT NULL,
    provisional INTEGER NOT NULL,
    unassessed INTEGER NOT NULL,
    restricted INTEGER NOT NULL,
    received_hour INTEGER NOT NULL,
    due_hour INTEGER NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER work_items_new_are_counted AFTER INSERT ON work_items WHEN NEW.state <> 'done'
BEGIN
    INSERT INTO backlog_counts VALUES (NEW.desk, NEW.state, NEW.band, NEW.provisional,
        NEW.assessment_id IS NULL, NEW.restricted, NEW.received / 3600000000, NEW.due / 3600000000, 1)
    ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour)
    DO UPDATE SET items = items + 1;
END;

CREATE TRIGGER work_items_changed_are_counted AFTER UPDATE ON work_items
WHEN (OLD.desk, OLD.state, OLD.band, OLD.provisional, OLD.assessment_id IS NULL, OLD.restricted,
        OLD.received / 3600000000, OLD.due / 3600000000)
    IS NOT (NEW.desk, NEW.state, NEW.band, NEW.provisional, NEW.assessment_id IS NULL, NEW.restricted,
        NEW.received / 3600000000, NEW.due / 3600000000)
BEGIN
    INSERT INTO backlog_counts SELECT OLD.desk, OLD.state, OLD.band, OLD.provisional,
        OLD.assessment_id IS NULL, OLD.restricted, OLD.received / 3600000000, OLD.due / 3600000000, -1
    WHERE OLD.state <> 'done'
    ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour)
    DO UPDATE SET items = items - 1;
    INSERT INTO backlog_counts SELECT NEW.desk, NEW.state, NEW.band, NEW.provisional,
        NEW.assessment_id IS NULL, NEW.restricted, NEW.received / 3600000000, NEW.due / 3600000000, 1
    WHERE NEW.state <> 'done'
    ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour)
    DO UPDATE SET items = items + 1;
END;

CREATE TRIGGER work_items_removed_are_counted AFTER DELETE ON work_items WHEN OLD.state <> 'done'
BEGIN
    INSERT INTO backlog_counts VALUES (OLD.desk, OLD.state, OLD.band, OLD.provisional,
        OLD.assessment_id IS NULL, OLD.restricted, OLD.received / 3600000000, OLD.due / 3600000000, -1)
    ON CONFLICT (desk, state, band, provisional, unassessed, restricted, received_hour, due_hour)
    DO UPDATE SET items = items - 1;
END;

INSERT INTO backlog_counts
SELECT desk, state, band, provisional, assessment_id IS NULL, restricted, received / 3600000000,
    due / 3600000000, COUNT(*)
FROM work_items WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
