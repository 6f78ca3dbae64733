-- People whom an OpenID provider vouches for, and the sessions that began there.

-- Issuer and subject together name somebody for good; a name at the provider may pass to somebody else.
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL UNIQUE REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);

-- Both are NULL for a session that a password began; the second where the provider named none.
ALTER TABLE sessions ADD COLUMN provider text;
ALTER TABLE sessions ADD COLUMN provider_session text;
CREATE INDEX sessions_provider ON sessions (provider_session) WHERE provider_session IS NOT NULL AND ended_at IS NULL;
