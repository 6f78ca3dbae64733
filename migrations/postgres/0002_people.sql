-- People as notices mention them, what joins them, and what their notices say for history.

-- A profile is compared with an earlier one as text, so it is not jsonb; nor is a trace, which the
-- program alone reads.
CREATE TABLE mentions (
    id uuid NOT NULL PRIMARY KEY,
    notice_id uuid NOT NULL REFERENCES notices (id),
    position integer NOT NULL CHECK (position >= 0),
    person_id uuid NOT NULL,
    received timestamptz NOT NULL,
    concerned boolean NOT NULL,
    place bytea CHECK (length(place) = 16),
    makes_home boolean NOT NULL,
    profile text NOT NULL,
    CONSTRAINT mentions_position UNIQUE (notice_id, position)
);
CREATE INDEX mentions_person ON mentions (person_id, received DESC, id) WHERE concerned;
CREATE INDEX mentions_place ON mentions (place, person_id) WHERE place IS NOT NULL;

CREATE TABLE mention_keys (
    key bytea NOT NULL CHECK (length(key) = 16),
    mention_id uuid NOT NULL,
    PRIMARY KEY (key, mention_id)
);
CREATE INDEX mention_keys_mention ON mention_keys (mention_id);

CREATE TABLE traces (
    notice_id uuid NOT NULL PRIMARY KEY REFERENCES notices (id),
    trace text NOT NULL
);

-- A link names mentions and does not refer to them: those of a revision may go and come back.
CREATE TABLE links (
    id uuid NOT NULL PRIMARY KEY,
    a uuid NOT NULL,
    b uuid NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('possible', 'confirmed', 'refused')),
    score integer NOT NULL,
    reasons jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT links_pair UNIQUE (a, b),
    CONSTRAINT links_order CHECK (a < b),
    CONSTRAINT links_decided CHECK (
        (state = 'possible') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
    )
);
CREATE INDEX links_b ON links (b);

-- What waits for its assessment: a household past what one unit of work assesses.
CREATE INDEX work_items_unassessed ON work_items (band, score DESC, sequence)
    WHERE assessment_id IS NULL AND state <> 'done' AND desk IN ('child', 'adult', 'domestic_abuse', 'share');
