-- Searches: what was found, by the session in which it was asked, and never what was asked for.

CREATE INDEX notices_reference ON notices (reference, received DESC, id);

CREATE TABLE searches (
    id uuid NOT NULL PRIMARY KEY,
    session_id uuid NOT NULL,
    made_at timestamptz NOT NULL,
    found text NOT NULL
);
CREATE INDEX searches_made ON searches (made_at);
