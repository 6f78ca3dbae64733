-- The store of one or several forces, shared by any number of nodes.
-- Identifiers are UUIDs. Bands are positions: 0 is red. Times are microseconds, as PostgreSQL keeps them.
--
-- Text that is compared, ordered or looked up is COLLATE "C": by bytes, as SQLite does it, whatever the
-- database was made with. Text that must come back byte for byte (a notice's body, a policy, a kept
-- answer) is text; jsonb orders its keys anew. A check or key without a name in the SQLite tables has
-- the one that PostgreSQL gives it, TABLE_COLUMN_check and the like.

CREATE TABLE policies (
    hash text COLLATE "C" NOT NULL PRIMARY KEY,
    version text NOT NULL,
    text text NOT NULL,
    proposer text NOT NULL,
    approver text,
    installed_at timestamptz NOT NULL,
    active boolean NOT NULL
);
CREATE UNIQUE INDEX policies_one_active ON policies (active) WHERE active;

CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE tokens (
    id uuid NOT NULL PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id),
    roles jsonb NOT NULL,
    source text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE notices (
    id uuid NOT NULL PRIMARY KEY,
    source text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('child', 'adult', 'domestic_abuse')),
    revision integer NOT NULL CHECK (revision BETWEEN 1 AND revisions),
    revisions integer NOT NULL,
    version_at timestamptz NOT NULL,
    received timestamptz NOT NULL CHECK (received <= arrived),
    arrived timestamptz NOT NULL,
    restricted boolean NOT NULL,
    submitted_by text NOT NULL,
    CONSTRAINT notices_source_reference UNIQUE (source, reference)
);

CREATE TABLE notice_revisions (
    notice_id uuid NOT NULL REFERENCES notices (id),
    revision integer NOT NULL CHECK (revision >= 1),
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    version_at timestamptz NOT NULL,
    arrived timestamptz NOT NULL,
    submitted_by text NOT NULL,
    findings jsonb NOT NULL,
    PRIMARY KEY (notice_id, revision),
    CONSTRAINT notice_revisions_content UNIQUE (notice_id, content_hash)
);

-- The content stands apart from everything that the order and the lists read. Its text is canonical
-- and hashed, so it is not jsonb.
CREATE TABLE notice_bodies (
    notice_id uuid NOT NULL,
    revision integer NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (notice_id, revision),
    FOREIGN KEY (notice_id, revision) REFERENCES notice_revisions (notice_id, revision)
);

CREATE TABLE found_outcomes (
    notice_id uuid NOT NULL REFERENCES notices (id),
    opened_at timestamptz NOT NULL,
    found_band smallint CHECK (found_band BETWEEN 0 AND 3),
    found_grade text CHECK (found_grade IN ('standard', 'medium', 'high')),
    outcome text,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    PRIMARY KEY (notice_id, opened_at)
);

-- The desk is checked by its name and does not refer to the table of desks: a reference would write a
-- shared lock into the desk's row with each item that arrives, and every claim of the desk writes that
-- row.
CREATE TABLE work_items (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    notice_id uuid NOT NULL REFERENCES notices (id),
    desk text COLLATE "C" NOT NULL CHECK (
        desk IN ('child', 'adult', 'domestic_abuse', 'share', 'endorsement', 'strategy', 'record')
    ),
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'claimed', 'held', 'pending', 'done')),
    band smallint NOT NULL CHECK (band BETWEEN 0 AND 3),
    score integer NOT NULL,
    could_be_band smallint CHECK (could_be_band BETWEEN 0 AND 3),
    could_be_score integer,
    assessment_id uuid,
    received timestamptz NOT NULL,
    due timestamptz NOT NULL,
    picked_up_at timestamptz,
    decide_due timestamptz NOT NULL,
    decided_at timestamptz,
    tell_due timestamptz NOT NULL,
    told_at timestamptz,
    restricted boolean NOT NULL,
    lot bigint NOT NULL,
    holder text COLLATE "C",
    claim_id uuid,
    claimed_at timestamptz,
    lease_until timestamptz,
    held_until timestamptz,
    pending_by text,
    outcome text COLLATE "C",
    version bigint NOT NULL DEFAULT 0,
    CONSTRAINT work_items_claim CHECK (
        (state = 'claimed') = (claim_id IS NOT NULL AND holder IS NOT NULL AND lease_until IS NOT NULL)
    ),
    CONSTRAINT work_items_hold CHECK ((state = 'held') = (held_until IS NOT NULL)),
    CONSTRAINT work_items_pending CHECK ((state = 'pending') = (pending_by IS NOT NULL)),
    CONSTRAINT work_items_outcome CHECK ((state IN ('pending', 'done')) = (outcome IS NOT NULL))
) WITH (
    -- No room is kept in the pages: a claim, a return and a completion change the state, which every
    -- partial index names, so that they are never heap-only and would not use it.
    fillfactor = 100,
    -- Each claim leaves a dead entry at the front of its index, where the next claim begins to read.
    -- Cleared after two thousand, and not after a fifth of a table that keeps every item ever worked.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0,
    -- The head of a desk moves all day; statistics a few thousand items old are near enough.
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_analyze_threshold = 2000
);
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

-- A row is written once for each group of claims; a nearly empty page takes every version of it
-- without touching an index.
CREATE TABLE desks (
    desk text COLLATE "C" NOT NULL PRIMARY KEY,
    picks integer NOT NULL DEFAULT 0,
    owed boolean NOT NULL DEFAULT false,
    low_picks integer NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
INSERT INTO desks (desk)
VALUES ('child'), ('adult'), ('domestic_abuse'), ('share'), ('endorsement'), ('strategy'), ('record');

-- The place says which of two assessments of the same moment was kept later.
CREATE TABLE assessments (
    id uuid NOT NULL PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY,
    work_item_id uuid NOT NULL REFERENCES work_items (id),
    revision integer NOT NULL,
    band smallint NOT NULL CHECK (band BETWEEN 0 AND 3),
    score integer NOT NULL,
    reasons jsonb NOT NULL,
    questions jsonb NOT NULL,
    suggests jsonb NOT NULL,
    policy_version text NOT NULL,
    policy_hash text NOT NULL,
    made_at timestamptz NOT NULL,
    lowered_at timestamptz,
    lowered_by text,
    CONSTRAINT assessments_lowered CHECK ((lowered_at IS NULL) = (lowered_by IS NULL))
);
CREATE INDEX assessments_item ON assessments (work_item_id, made_at, place);

CREATE TABLE claims (
    id uuid NOT NULL PRIMARY KEY,
    work_item_id uuid NOT NULL REFERENCES work_items (id),
    holder text NOT NULL,
    taken_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    CONSTRAINT claims_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX claims_taken ON claims (taken_at);

CREATE TABLE work_notes (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    work_item_id uuid NOT NULL REFERENCES work_items (id),
    at timestamptz NOT NULL,
    by text NOT NULL,
    act text NOT NULL,
    text jsonb NOT NULL
);
CREATE INDEX work_notes_item ON work_notes (work_item_id, at, place);

CREATE TABLE endorsements (
    work_item_id uuid NOT NULL PRIMARY KEY REFERENCES work_items (id),
    of_work_item_id uuid NOT NULL REFERENCES work_items (id)
);

CREATE TABLE unreadable (
    id uuid NOT NULL PRIMARY KEY,
    arrived timestamptz NOT NULL,
    due timestamptz NOT NULL,
    submitted_by text NOT NULL,
    source text COLLATE "C",
    reference text COLLATE "C",
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),
    content bytea NOT NULL,
    errors jsonb NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'mended', 'dismissed')),
    closed_by text,
    closed_at timestamptz,
    notice_id uuid REFERENCES notices (id),
    reason text,
    CONSTRAINT unreadable_closed CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX unreadable_content ON unreadable (content_hash);
CREATE INDEX unreadable_open_reference ON unreadable (source, reference) WHERE state = 'open';
CREATE INDEX unreadable_open_due ON unreadable (due) WHERE state = 'open';

CREATE TABLE idempotent_answers (
    caller text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    answer text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotent_answers_at ON idempotent_answers (at);

-- The log. Rows are added and never changed; what somebody typed stands apart, so that it can be
-- erased while the row and its salted hash stay.
CREATE TABLE log (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    who text COLLATE "C" NOT NULL,
    act text NOT NULL,
    notice_id uuid,
    work_item_id uuid,
    person_id uuid,
    origin text NOT NULL,
    why_id uuid,
    why_hash bytea,
    recipient text,
    detail jsonb NOT NULL
);
CREATE INDEX log_notice ON log (notice_id, place) WHERE notice_id IS NOT NULL;
CREATE INDEX log_work_item ON log (work_item_id, place) WHERE work_item_id IS NOT NULL;
CREATE INDEX log_who ON log (who, place);
CREATE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append only';
END
$$;
CREATE TRIGGER log_no_update BEFORE UPDATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
CREATE TRIGGER log_no_delete BEFORE DELETE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
CREATE TRIGGER log_no_truncate BEFORE TRUNCATE ON log
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
-- Also for a session that calls itself a replica, where ordinary triggers rest.
ALTER TABLE log ENABLE ALWAYS TRIGGER log_no_update;
ALTER TABLE log ENABLE ALWAYS TRIGGER log_no_delete;
ALTER TABLE log ENABLE ALWAYS TRIGGER log_no_truncate;

CREATE TABLE typed_texts (
    id uuid NOT NULL PRIMARY KEY,
    salt bytea NOT NULL CHECK (length(salt) = 16),
    text text NOT NULL
);
