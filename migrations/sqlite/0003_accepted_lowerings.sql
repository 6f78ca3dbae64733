-- What whoever approved a policy was shown that it would lower, and accepted: that and no more.

CREATE TABLE accepted_lowerings (
    policy_hash TEXT NOT NULL REFERENCES policies (hash),
    work_item_id BLOB NOT NULL REFERENCES work_items (id),
    from_band INTEGER NOT NULL CHECK (from_band BETWEEN 0 AND 3),
    from_score INTEGER NOT NULL,
    to_band INTEGER NOT NULL CHECK (to_band BETWEEN 0 AND 3),
    to_score INTEGER NOT NULL,
    PRIMARY KEY (policy_hash, work_item_id)
) STRICT, WITHOUT ROWID;
