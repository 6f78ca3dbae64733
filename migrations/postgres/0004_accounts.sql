-- Local accounts, sessions, and what slows guessing down.

ALTER TABLE users ADD COLUMN roles jsonb NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN disabled_at timestamptz;
-- A password as a PHC string. One that was given out is good until password_until and must be changed.
ALTER TABLE users ADD COLUMN password text;
ALTER TABLE users ADD COLUMN password_until timestamptz;
ALTER TABLE users ADD COLUMN signed_in_at timestamptz;
-- Wrong passwords since the last sign-in, from wherever.
ALTER TABLE users ADD COLUMN failures integer NOT NULL DEFAULT 0;

ALTER TABLE tokens ADD COLUMN used_at timestamptz;

-- Of the identifier that the browser holds, and of that by which a browser is known again, there is
-- SHA-256 alone.
CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id),
    browser bytea NOT NULL CHECK (length(browser) = 32),
    origin text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id, ended_at);
CREATE INDEX sessions_browser ON sessions (browser, user_id);
CREATE INDEX sessions_seen ON sessions (seen_at) WHERE ended_at IS NULL;
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Wrong passwords for one account from one address or browser; bucket is a hash of the two.
CREATE TABLE sign_in_failures (
    bucket bytea NOT NULL PRIMARY KEY CHECK (length(bucket) = 32),
    failures integer NOT NULL,
    until timestamptz NOT NULL,
    last_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);
