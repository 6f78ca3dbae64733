-- The seals on the log: a Merkle tree over its rows, in the order of their places, with signed heads.

CREATE TABLE log_leaves (
    leaf INTEGER PRIMARY KEY CHECK (leaf >= 0),
    place INTEGER NOT NULL CONSTRAINT log_leaves_place UNIQUE,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE log_heads (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    at INTEGER NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;

-- How far the log is sealed, and what is needed to go on. Whoever checks does not believe it.
CREATE TABLE log_edge (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    place INTEGER NOT NULL,
    peaks BLOB NOT NULL
) STRICT;
INSERT INTO log_edge (one, size, place, peaks) VALUES (1, 0, 0, x'');

-- The key that seals, where no file outside the database was named for it.
CREATE TABLE sealing_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL
) STRICT;

CREATE TRIGGER log_leaves_no_update BEFORE UPDATE ON log_leaves
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
CREATE TRIGGER log_leaves_no_delete BEFORE DELETE ON log_leaves
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
CREATE TRIGGER log_leaves_no_replace BEFORE INSERT ON log_leaves
    WHEN EXISTS (SELECT 1 FROM log_leaves WHERE leaf = NEW.leaf)
        OR EXISTS (SELECT 1 FROM log_leaves WHERE place = NEW.place)
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
CREATE TRIGGER log_heads_no_update BEFORE UPDATE ON log_heads
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
CREATE TRIGGER log_heads_no_delete BEFORE DELETE ON log_heads
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;
CREATE TRIGGER log_heads_no_replace BEFORE INSERT ON log_heads
    WHEN EXISTS (SELECT 1 FROM log_heads WHERE size = NEW.size)
    BEGIN SELECT RAISE(ABORT, 'the log is append only'); END;

-- For whoever reads the log: about a person, and in a period.
CREATE INDEX log_person ON log (person_id, place) WHERE person_id IS NOT NULL;
CREATE INDEX log_at ON log (at, place);
