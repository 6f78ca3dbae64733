-- A second factor of people who sign in with a password: codes of an authenticator, and codes for when it
-- is lost.

CREATE TABLE second_factors (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id),
    secret bytea NOT NULL CHECK (length(secret) = 20),
    -- Until a first code was right it guards nothing.
    confirmed_at timestamptz,
    -- The step of the last code that was taken: none at or before it is taken again.
    last_step bigint NOT NULL
);

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);
