-- What people said of the cues of a notice, and of whether two notices tell one event.

-- A cue is named by a digest of its sentence: what was said stands while the sentence does.
CREATE TABLE cue_decisions (
    notice_id uuid NOT NULL REFERENCES notices (id),
    cue bytea NOT NULL CHECK (length(cue) = 16),
    of_cue text COLLATE "C" NOT NULL,
    verdict text COLLATE "C" NOT NULL CHECK (verdict IN ('confirmed', 'dismissed')),
    decided_by text COLLATE "C" NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, cue)
);

CREATE TABLE event_decisions (
    a uuid NOT NULL REFERENCES notices (id),
    b uuid NOT NULL REFERENCES notices (id),
    one boolean NOT NULL,
    decided_by text COLLATE "C" NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (a, b),
    CONSTRAINT event_decisions_order CHECK (a < b)
);
CREATE INDEX event_decisions_b ON event_decisions (b);
