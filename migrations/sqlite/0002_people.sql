-- People as notices mention them, what joins them, and what their notices say for history.

CREATE TABLE mentions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    notice_id BLOB NOT NULL REFERENCES notices (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    person_id BLOB NOT NULL CHECK (length(person_id) = 16),
    received INTEGER NOT NULL,
    concerned INTEGER NOT NULL CHECK (concerned IN (0, 1)),
    place BLOB CHECK (length(place) = 16),
    makes_home INTEGER NOT NULL CHECK (makes_home IN (0, 1)),
    profile TEXT NOT NULL,
    CONSTRAINT mentions_position UNIQUE (notice_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_person ON mentions (person_id, received DESC, id) WHERE concerned = 1;
CREATE INDEX mentions_place ON mentions (place, person_id) WHERE place IS NOT NULL;

CREATE TABLE mention_keys (
    key BLOB NOT NULL CHECK (length(key) = 16),
    mention_id BLOB NOT NULL,
    PRIMARY KEY (key, mention_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_keys_mention ON mention_keys (mention_id);

CREATE TABLE traces (
    notice_id BLOB NOT NULL PRIMARY KEY REFERENCES notices (id),
    trace TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A link names mentions and does not refer to them: those of a revision may go and come back.
CREATE TABLE links (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    a BLOB NOT NULL CHECK (length(a) = 16),
    b BLOB NOT NULL CHECK (length(b) = 16),
    state TEXT NOT NULL CHECK (state IN ('possible', 'confirmed', 'refused')),
    score INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    CONSTRAINT links_pair UNIQUE (a, b),
    CONSTRAINT links_order CHECK (a < b),
    CONSTRAINT links_decided CHECK (
        (state = 'possible') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
    )
) STRICT, WITHOUT ROWID;
CREATE INDEX links_b ON links (b);

-- What waits for its assessment: a household past what one unit of work assesses.
CREATE INDEX work_items_unassessed ON work_items (band, score DESC, sequence)
    WHERE assessment_id IS NULL AND state <> 'done' AND desk IN ('child', 'adult', 'domestic_abuse', 'share');
