-- What changed, for whoever watches: identifiers and kinds, no content. Triggers write it in the
-- transaction of the change, so that no statement that changes an item can forget to.
--
-- There is one writer: rows are saved in the order of their places, and no place is given twice.
CREATE TABLE feed (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000000 AS INTEGER)),
    kind TEXT NOT NULL CONSTRAINT feed_kind CHECK (kind IN ('opened', 'changed', 'done')),
    work_item_id BLOB NOT NULL
) STRICT;

-- Up to where rows were pruned.
CREATE TABLE feed_pruned (
    one INTEGER PRIMARY KEY CONSTRAINT feed_pruned_one CHECK (one = 1),
    place INTEGER NOT NULL
) STRICT;
INSERT INTO feed_pruned VALUES (1, 0);

CREATE TRIGGER work_items_new_are_told AFTER INSERT ON work_items
BEGIN
    INSERT INTO feed (kind, work_item_id) VALUES ('opened', NEW.id);
END;

CREATE TRIGGER work_items_changed_are_told AFTER UPDATE ON work_items
BEGIN
    INSERT INTO feed (kind, work_item_id)
    VALUES (CASE WHEN NEW.state = 'done' AND OLD.state <> 'done' THEN 'done' ELSE 'changed' END, NEW.id);
END;
