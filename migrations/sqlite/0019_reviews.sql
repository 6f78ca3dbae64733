-- What is suggested names the criteria that are met, and a review of domestic abuse keeps its grade.

ALTER TABLE assessments ADD COLUMN grounds TEXT NOT NULL DEFAULT '[]';

-- One row a grade given; the words of it stand among the notes of the item, where they can be erased.
CREATE TABLE reviews (
    id BLOB NOT NULL PRIMARY KEY,
    work_item_id BLOB NOT NULL REFERENCES work_items (id),
    notice_id BLOB NOT NULL REFERENCES notices (id),
    revision INTEGER NOT NULL,
    graded_at INTEGER NOT NULL,
    graded_by TEXT NOT NULL,
    grade TEXT NOT NULL CHECK (grade IN ('standard', 'medium', 'high')),
    officer_grade TEXT CHECK (officer_grade IN ('standard', 'medium', 'high')),
    stood TEXT CHECK (stood IN ('standard', 'medium', 'high')),
    marac_criteria TEXT NOT NULL,
    marac_referred INTEGER CHECK (marac_referred IN (0, 1)),
    second_person TEXT NOT NULL,
    decided_at INTEGER,
    decided_by TEXT,
    endorsed INTEGER CHECK (endorsed IN (0, 1)),
    CONSTRAINT reviews_decided CHECK ((decided_at IS NULL) = (decided_by IS NULL)
        AND (decided_at IS NULL) = (endorsed IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX reviews_notice ON reviews (notice_id, graded_at);
-- At most one grade of an item waits for a second person.
CREATE UNIQUE INDEX reviews_open ON reviews (work_item_id) WHERE decided_at IS NULL AND second_person <> '[]';
