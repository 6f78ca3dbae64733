-- Searches: what was found, by the session in which it was asked, and never what was asked for.

CREATE INDEX notices_reference ON notices (reference, received DESC, id);

CREATE TABLE searches (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    session_id BLOB NOT NULL CHECK (length(session_id) = 16),
    made_at INTEGER NOT NULL,
    found TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX searches_made ON searches (made_at);
