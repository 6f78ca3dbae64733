-- What people said of the cues of a notice, and of whether two notices tell one event.

-- A cue is named by a digest of its sentence: what was said stands while the sentence does.
CREATE TABLE cue_decisions (
    notice_id BLOB NOT NULL REFERENCES notices (id),
    cue BLOB NOT NULL CHECK (length(cue) = 16),
    of_cue TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'dismissed')),
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (notice_id, cue)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_decisions (
    a BLOB NOT NULL REFERENCES notices (id),
    b BLOB NOT NULL REFERENCES notices (id),
    one INTEGER NOT NULL CHECK (one IN (0, 1)),
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (a, b),
    CONSTRAINT event_decisions_order CHECK (a < b)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_decisions_b ON event_decisions (b);
