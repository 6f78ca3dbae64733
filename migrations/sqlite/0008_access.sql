-- Restrictions by reason, standing lists, opened notices, and people kept off.

-- The reasons as bits, in the order of the vocabulary: 1 police_staff_involved, 2 staff_relative,
-- 4 honour_based_abuse, 8 protected_person, 16 protected_address, 32 sensitive_source, 64 other.
-- No revision lifts a restriction, so each reason that any of them gave stands.
ALTER TABLE notices ADD COLUMN reasons INTEGER NOT NULL DEFAULT 0 CHECK (reasons BETWEEN 0 AND 127);
UPDATE notices SET reasons = COALESCE(
    (SELECT sum(DISTINCT CASE r.value
        WHEN 'police_staff_involved' THEN 1 WHEN 'staff_relative' THEN 2 WHEN 'honour_based_abuse' THEN 4
        WHEN 'protected_person' THEN 8 WHEN 'protected_address' THEN 16 WHEN 'sensitive_source' THEN 32
        WHEN 'other' THEN 64 ELSE 0 END)
     FROM notice_bodies b, json_each(b.body, '$.restricted') r WHERE b.notice_id = notices.id), 64)
WHERE restricted = 1;
ALTER TABLE notices DROP COLUMN restricted;
ALTER TABLE notices RENAME COLUMN reasons TO restricted;

DROP INDEX work_items_key_a;
DROP INDEX work_items_key_b;
DROP INDEX work_items_key_b_red;
DROP INDEX work_items_date;
DROP INDEX work_items_lot;
DROP INDEX work_items_all_desks;
ALTER TABLE work_items ADD COLUMN reasons INTEGER NOT NULL DEFAULT 0 CHECK (reasons BETWEEN 0 AND 127);
UPDATE work_items SET reasons = (SELECT n.restricted FROM notices n WHERE n.id = work_items.notice_id)
WHERE restricted = 1;
ALTER TABLE work_items DROP COLUMN restricted;
ALTER TABLE work_items RENAME COLUMN reasons TO restricted;
CREATE INDEX work_items_key_a ON work_items (desk, band, score DESC, received, sequence, restricted)
    WHERE state = 'waiting';
CREATE INDEX work_items_key_b ON work_items (desk, due, sequence, restricted) WHERE state = 'waiting';
CREATE INDEX work_items_key_b_red ON work_items (desk, due, sequence, restricted)
    WHERE state = 'waiting' AND band = 0;
CREATE INDEX work_items_date ON work_items (desk, received, sequence, restricted) WHERE state = 'waiting';
CREATE INDEX work_items_lot ON work_items (desk, lot, sequence, restricted)
    WHERE state = 'waiting' AND band >= 2;
CREATE INDEX work_items_all_desks ON work_items (band, score DESC, received, sequence, restricted)
    WHERE state = 'waiting';
CREATE INDEX work_items_restricted ON work_items (received, sequence) WHERE restricted <> 0 AND state <> 'done';

CREATE TABLE restriction_lists (
    reason TEXT NOT NULL CHECK (reason IN ('police_staff_involved', 'staff_relative', 'honour_based_abuse',
        'protected_person', 'protected_address', 'sensitive_source', 'other')),
    user_id BLOB NOT NULL REFERENCES users (id),
    on_call INTEGER NOT NULL CHECK (on_call IN (0, 1)),
    PRIMARY KEY (reason, user_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX restriction_lists_on_call ON restriction_lists (reason) WHERE on_call = 1;
CREATE INDEX restriction_lists_user ON restriction_lists (user_id);

CREATE TABLE opened_notices (
    name TEXT NOT NULL,
    notice_id BLOB NOT NULL REFERENCES notices (id),
    restricted INTEGER NOT NULL CHECK (restricted BETWEEN 0 AND 127),
    opened_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (name, notice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX opened_notices_at ON opened_notices (opened_at);

CREATE TABLE kept_off (
    name TEXT NOT NULL,
    notice_id BLOB NOT NULL REFERENCES notices (id),
    why TEXT NOT NULL CHECK (why IN ('said', 'declared')),
    at INTEGER NOT NULL,
    PRIMARY KEY (name, notice_id)
) STRICT, WITHOUT ROWID;

-- Digests alone of whom people declared: nobody can be read from them.
CREATE TABLE declared_keys (
    key BLOB NOT NULL CHECK (length(key) = 16),
    name TEXT NOT NULL,
    PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX declared_keys_name ON declared_keys (name);
