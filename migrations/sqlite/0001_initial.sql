-- The store of one force on one machine.
-- Times are microseconds since 1970 UTC. Identifiers are 16 bytes. Bands are positions: 0 is red.

CREATE TABLE policies (
    hash TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    proposer TEXT NOT NULL,
    approver TEXT,
    installed_at INTEGER NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX policies_one_active ON policies (active) WHERE active = 1;

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    user_id BLOB NOT NULL REFERENCES users (id),
    roles TEXT NOT NULL,
    source TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE notices (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('child', 'adult', 'domestic_abuse')),
    revision INTEGER NOT NULL CHECK (revision BETWEEN 1 AND revisions),
    revisions INTEGER NOT NULL,
    version_at INTEGER NOT NULL,
    received INTEGER NOT NULL CHECK (received <= arrived),
    arrived INTEGER NOT NULL,
    restricted INTEGER NOT NULL CHECK (restricted IN (0, 1)),
    submitted_by TEXT NOT NULL,
    CONSTRAINT notices_source_reference UNIQUE (source, reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice_revisions (
    notice_id BLOB NOT NULL REFERENCES notices (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
    version_at INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    findings TEXT NOT NULL,
    PRIMARY KEY (notice_id, revision),
    CONSTRAINT notice_revisions_content UNIQUE (notice_id, content_hash)
) STRICT, WITHOUT ROWID;

-- The content stands apart from everything that the order and the lists read.
CREATE TABLE notice_bodies (
    notice_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (notice_id, revision),
    FOREIGN KEY (notice_id, revision) REFERENCES notice_revisions (notice_id, revision)
) STRICT;

CREATE TABLE found_outcomes (
    notice_id BLOB NOT NULL REFERENCES notices (id),
    opened_at INTEGER NOT NULL,
    found_band INTEGER CHECK (found_band BETWEEN 0 AND 3),
    found_grade TEXT CHECK (found_grade IN ('standard', 'medium', 'high')),
    outcome TEXT,
    added_at INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    PRIMARY KEY (notice_id, opened_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE work_items (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    notice_id BLOB NOT NULL REFERENCES notices (id),
    desk TEXT NOT NULL REFERENCES desks (desk),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'held', 'pending', 'done')),
    band INTEGER NOT NULL CHECK (band BETWEEN 0 AND 3),
    score INTEGER NOT NULL,
    could_be_band INTEGER CHECK (could_be_band BETWEEN 0 AND 3),
    could_be_score INTEGER,
    assessment_id BLOB,
    received INTEGER NOT NULL,
    due INTEGER NOT NULL,
    picked_up_at INTEGER,
    decide_due INTEGER NOT NULL,
    decided_at INTEGER,
    tell_due INTEGER NOT NULL,
    told_at INTEGER,
    restricted INTEGER NOT NULL CHECK (restricted IN (0, 1)),
    lot INTEGER NOT NULL,
    holder TEXT,
    claim_id BLOB,
    claimed_at INTEGER,
    lease_until INTEGER,
    held_until INTEGER,
    pending_by TEXT,
    outcome TEXT,
    version INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT work_items_claim CHECK (
        (state = 'claimed') = (claim_id IS NOT NULL AND holder IS NOT NULL AND lease_until IS NOT NULL)
    ),
    CONSTRAINT work_items_hold CHECK ((state = 'held') = (held_until IS NOT NULL)),
    CONSTRAINT work_items_pending CHECK ((state = 'pending') = (pending_by IS NOT NULL)),
    CONSTRAINT work_items_outcome CHECK ((state IN ('pending', 'done')) = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX work_items_notice ON work_items (notice_id);
-- Key A, key B and date order over waiting items; the restricted flag is in each.
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
CREATE INDEX work_items_claimed ON work_items (desk, band, score DESC, received, sequence)
    WHERE state = 'claimed';
CREATE INDEX work_items_held ON work_items (desk, band, score DESC, received, sequence)
    WHERE state = 'held';
CREATE INDEX work_items_pending ON work_items (desk, band, score DESC, received, sequence)
    WHERE state = 'pending';
CREATE INDEX work_items_done ON work_items (desk, band, score DESC, received, sequence)
    WHERE state = 'done';
CREATE INDEX work_items_leases ON work_items (desk, lease_until) WHERE state = 'claimed';
CREATE INDEX work_items_picked_up ON work_items (picked_up_at, desk) WHERE picked_up_at IS NOT NULL;
CREATE INDEX work_items_reds_received ON work_items (received, desk, outcome) WHERE band = 0;
CREATE INDEX work_items_holds ON work_items (held_until) WHERE state = 'held';

CREATE TABLE desks (
    desk TEXT NOT NULL PRIMARY KEY,
    picks INTEGER NOT NULL DEFAULT 0,
    owed INTEGER NOT NULL DEFAULT 0 CHECK (owed IN (0, 1)),
    low_picks INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO desks (desk)
VALUES ('child'), ('adult'), ('domestic_abuse'), ('share'), ('endorsement'), ('strategy'), ('record');

CREATE TABLE assessments (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    work_item_id BLOB NOT NULL REFERENCES work_items (id),
    revision INTEGER NOT NULL,
    band INTEGER NOT NULL CHECK (band BETWEEN 0 AND 3),
    score INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    questions TEXT NOT NULL,
    suggests TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    policy_hash TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    lowered_at INTEGER,
    lowered_by TEXT,
    CONSTRAINT assessments_lowered CHECK ((lowered_at IS NULL) = (lowered_by IS NULL))
) STRICT;
CREATE INDEX assessments_item ON assessments (work_item_id, made_at);

CREATE TABLE claims (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    work_item_id BLOB NOT NULL REFERENCES work_items (id),
    holder TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_by TEXT,
    CONSTRAINT claims_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_taken ON claims (taken_at);

CREATE TABLE work_notes (
    work_item_id BLOB NOT NULL REFERENCES work_items (id),
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX work_notes_item ON work_notes (work_item_id, at);

CREATE TABLE endorsements (
    work_item_id BLOB NOT NULL PRIMARY KEY REFERENCES work_items (id),
    of_work_item_id BLOB NOT NULL REFERENCES work_items (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unreadable (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    arrived INTEGER NOT NULL,
    due INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    source TEXT,
    reference TEXT,
    content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
    content BLOB NOT NULL,
    errors TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'mended', 'dismissed')),
    closed_by TEXT,
    closed_at INTEGER,
    notice_id BLOB REFERENCES notices (id),
    reason TEXT,
    CONSTRAINT unreadable_closed CHECK ((state = 'open') = (closed_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX unreadable_content ON unreadable (content_hash);
CREATE INDEX unreadable_open_reference ON unreadable (source, reference) WHERE state = 'open';
CREATE INDEX unreadable_open_due ON unreadable (due) WHERE state = 'open';

CREATE TABLE idempotent_answers (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    answer TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotent_answers_at ON idempotent_answers (at);

-- The log. Rows are added and never changed; what somebody typed stands apart, so that it can be
-- erased while the row and its salted hash stay.
CREATE TABLE log (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    notice_id BLOB,
    work_item_id BLOB,
    person_id BLOB,
    origin TEXT NOT NULL,
    why_id BLOB,
    why_hash BLOB,
    recipient TEXT,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX log_notice ON log (notice_id, place) WHERE notice_id IS NOT NULL;
CREATE INDEX log_work_item ON log (work_item_id, place) WHERE work_item_id IS NOT NULL;
CREATE INDEX log_who ON log (who, place);
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
-- An insert that replaces a row deletes it without a delete trigger.
CREATE TRIGGER log_no_replace BEFORE INSERT ON log
    WHEN EXISTS (SELECT 1 FROM log WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM log WHERE place = NEW.place)
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;

CREATE TABLE typed_texts (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
