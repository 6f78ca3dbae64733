-- Local accounts, sessions, and what slows guessing down.

ALTER TABLE users ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN disabled_at INTEGER;
-- A password as a PHC string. One that was given out is good until password_until and must be changed.
ALTER TABLE users ADD COLUMN password TEXT;
ALTER TABLE users ADD COLUMN password_until INTEGER;
ALTER TABLE users ADD COLUMN signed_in_at INTEGER;
-- Wrong passwords since the last sign-in, from wherever.
ALTER TABLE users ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;

ALTER TABLE tokens ADD COLUMN used_at INTEGER;

-- Of the identifier that the browser holds, and of that by which a browser is known again, there is
-- SHA-256 alone.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    user_id BLOB NOT NULL REFERENCES users (id),
    browser BLOB NOT NULL CHECK (length(browser) = 32),
    origin TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, ended_at);
CREATE INDEX sessions_browser ON sessions (browser, user_id);
CREATE INDEX sessions_seen ON sessions (seen_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Wrong passwords for one account from one address or browser; bucket is a hash of the two.
CREATE TABLE sign_in_failures (
    bucket BLOB NOT NULL PRIMARY KEY CHECK (length(bucket) = 32),
    failures INTEGER NOT NULL,
    until INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);
