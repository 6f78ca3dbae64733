-- People whom an OpenID provider vouches for, and the sessions that began there.

-- Issuer and subject together name somebody for good; a name at the provider may pass to somebody else.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BLOB NOT NULL UNIQUE REFERENCES users (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

-- Both are NULL for a session that a password began; the second where the provider named none.
ALTER TABLE sessions ADD COLUMN provider TEXT;
ALTER TABLE sessions ADD COLUMN provider_session TEXT;
CREATE INDEX sessions_provider ON sessions (provider_session) WHERE provider_session IS NOT NULL AND ended_at IS NULL;
