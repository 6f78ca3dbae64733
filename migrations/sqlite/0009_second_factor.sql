-- A second factor of people who sign in with a password: codes of an authenticator, and codes for when it
-- is lost.

CREATE TABLE second_factors (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    secret BLOB NOT NULL CHECK (length(secret) = 20),
    -- Until a first code was right it guards nothing.
    confirmed_at INTEGER,
    -- The step of the last code that was taken: none at or before it is taken again.
    last_step INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    used_at INTEGER,
    PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;
