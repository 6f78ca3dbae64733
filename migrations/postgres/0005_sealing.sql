-- The seals on the log: a Merkle tree over its rows, in the order of their places, with signed heads.

CREATE TABLE log_leaves (
    leaf bigint NOT NULL PRIMARY KEY CHECK (leaf >= 0),
    place bigint NOT NULL CONSTRAINT log_leaves_place UNIQUE,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE log_heads (
    size bigint NOT NULL PRIMARY KEY CHECK (size > 0),
    root bytea NOT NULL CHECK (length(root) = 32),
    at timestamptz NOT NULL,
    key bytea NOT NULL CHECK (length(key) = 32),
    signature bytea NOT NULL CHECK (length(signature) = 64)
);

-- How far the log is sealed, and what is needed to go on. Whoever seals holds its one row; whoever
-- checks does not believe it.
CREATE TABLE log_edge (
    one boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (one),
    size bigint NOT NULL,
    place bigint NOT NULL,
    peaks bytea NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_edge (size, place, peaks) VALUES (0, 0, '');

-- The key that seals, where no file outside the database was named for it.
CREATE TABLE sealing_key (
    one boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (one),
    key text NOT NULL
);

CREATE TRIGGER log_leaves_no_update BEFORE UPDATE OR DELETE ON log_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
CREATE TRIGGER log_leaves_no_truncate BEFORE TRUNCATE ON log_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
CREATE TRIGGER log_heads_no_update BEFORE UPDATE OR DELETE ON log_heads
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
CREATE TRIGGER log_heads_no_truncate BEFORE TRUNCATE ON log_heads
    FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only();
ALTER TABLE log_leaves ENABLE ALWAYS TRIGGER log_leaves_no_update;
ALTER TABLE log_leaves ENABLE ALWAYS TRIGGER log_leaves_no_truncate;
ALTER TABLE log_heads ENABLE ALWAYS TRIGGER log_heads_no_update;
ALTER TABLE log_heads ENABLE ALWAYS TRIGGER log_heads_no_truncate;

-- For whoever reads the log: about a person, and in a period.
CREATE INDEX log_person ON log (person_id, place) WHERE person_id IS NOT NULL;
CREATE INDEX log_at ON log (at, place);
