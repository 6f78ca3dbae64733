-- What people decided about how long a notice is kept. A notice without a row was never looked at.

CREATE TABLE retention (
    notice_id uuid NOT NULL PRIMARY KEY REFERENCES notices (id),
    -- Kept on review until this moment, when it is looked at again.
    review_at timestamptz,
    reviewed_at timestamptz,
    reviewed_by text,
    -- A legal hold: nobody erases it.
    held_at timestamptz,
    held_by text,
    -- Everything but what it was, and of so many revisions: a later one is new content.
    erased_at timestamptz,
    erased_by text,
    erased_revisions integer,
    CONSTRAINT retention_reviewed CHECK ((review_at IS NULL) = (reviewed_at IS NULL)
        AND (reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CONSTRAINT retention_held CHECK ((held_at IS NULL) = (held_by IS NULL)),
    CONSTRAINT retention_erased CHECK ((erased_at IS NULL) = (erased_by IS NULL)
        AND (erased_at IS NULL) = (erased_revisions IS NULL))
);
