-- What is suggested names the criteria that are met, and a review of domestic abuse keeps its grade.

ALTER TABLE assessments ADD COLUMN grounds jsonb NOT NULL DEFAULT '[]';

-- One row a grade given; the words of it stand among the notes of the item, where they can be erased.
CREATE TABLE reviews (
    id uuid NOT NULL PRIMARY KEY,
    work_item_id uuid NOT NULL REFERENCES work_items (id),
    notice_id uuid NOT NULL REFERENCES notices (id),
    revision integer NOT NULL,
    graded_at timestamptz NOT NULL,
    graded_by text COLLATE "C" NOT NULL,
    grade text COLLATE "C" NOT NULL CHECK (grade IN ('standard', 'medium', 'high')),
    officer_grade text COLLATE "C" CHECK (officer_grade IN ('standard', 'medium', 'high')),
    stood text COLLATE "C" CHECK (stood IN ('standard', 'medium', 'high')),
    marac_criteria jsonb NOT NULL,
    marac_referred boolean,
    second_person jsonb NOT NULL,
    decided_at timestamptz,
    decided_by text COLLATE "C",
    endorsed boolean,
    CONSTRAINT reviews_decided CHECK ((decided_at IS NULL) = (decided_by IS NULL)
        AND (decided_at IS NULL) = (endorsed IS NULL))
);
CREATE INDEX reviews_notice ON reviews (notice_id, graded_at);
-- At most one grade of an item waits for a second person.
CREATE UNIQUE INDEX reviews_open ON reviews (work_item_id) WHERE decided_at IS NULL AND second_person <> '[]';
