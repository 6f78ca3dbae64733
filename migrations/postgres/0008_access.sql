-- Restrictions by reason, standing lists, opened notices, and people kept off.

-- The reasons as bits, in the order of the vocabulary: 1 police_staff_involved, 2 staff_relative,
-- 4 honour_based_abuse, 8 protected_person, 16 protected_address, 32 sensitive_source, 64 other.
-- No revision lifts a restriction, so each reason that any of them gave stands.
ALTER TABLE notices ALTER COLUMN restricted TYPE smallint USING CASE WHEN restricted THEN 64 ELSE 0 END;
UPDATE notices n SET restricted = COALESCE(
    (SELECT bit_or(CASE r.value
        WHEN 'police_staff_involved' THEN 1 WHEN 'staff_relative' THEN 2 WHEN 'honour_based_abuse' THEN 4
        WHEN 'protected_person' THEN 8 WHEN 'protected_address' THEN 16 WHEN 'sensitive_source' THEN 32
        WHEN 'other' THEN 64 ELSE 0 END)
     FROM notice_bodies b, jsonb_array_elements_text(b.body::jsonb -> 'restricted') AS r (value)
     WHERE b.notice_id = n.id), 64)
WHERE n.restricted <> 0;
ALTER TABLE notices ADD CONSTRAINT notices_restricted CHECK (restricted BETWEEN 0 AND 127);
ALTER TABLE work_items ALTER COLUMN restricted TYPE smallint USING CASE WHEN restricted THEN 64 ELSE 0 END;
UPDATE work_items w SET restricted = n.restricted FROM notices n
WHERE w.restricted <> 0 AND n.id = w.notice_id;
ALTER TABLE work_items ADD CONSTRAINT work_items_restricted CHECK (restricted BETWEEN 0 AND 127);
CREATE INDEX work_items_restricted ON work_items (received, sequence) WHERE restricted <> 0 AND state <> 'done';

CREATE TABLE restriction_lists (
    reason text COLLATE "C" NOT NULL CHECK (reason IN ('police_staff_involved', 'staff_relative',
        'honour_based_abuse', 'protected_person', 'protected_address', 'sensitive_source', 'other')),
    user_id uuid NOT NULL REFERENCES users (id),
    on_call boolean NOT NULL,
    PRIMARY KEY (reason, user_id)
);
CREATE UNIQUE INDEX restriction_lists_on_call ON restriction_lists (reason) WHERE on_call;
CREATE INDEX restriction_lists_user ON restriction_lists (user_id);

CREATE TABLE opened_notices (
    name text COLLATE "C" NOT NULL,
    notice_id uuid NOT NULL REFERENCES notices (id),
    restricted smallint NOT NULL CHECK (restricted BETWEEN 0 AND 127),
    opened_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (name, notice_id)
);
CREATE INDEX opened_notices_at ON opened_notices (opened_at);

CREATE TABLE kept_off (
    name text COLLATE "C" NOT NULL,
    notice_id uuid NOT NULL REFERENCES notices (id),
    why text NOT NULL CHECK (why IN ('said', 'declared')),
    at timestamptz NOT NULL,
    PRIMARY KEY (name, notice_id)
);

-- Digests alone of whom people declared: nobody can be read from them.
CREATE TABLE declared_keys (
    key bytea NOT NULL CHECK (length(key) = 16),
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (key, name)
);
CREATE INDEX declared_keys_name ON declared_keys (name);
