-- What whoever approved a policy was shown that it would lower, and accepted: that and no more.

CREATE TABLE accepted_lowerings (
    policy_hash text COLLATE "C" NOT NULL REFERENCES policies (hash),
    work_item_id uuid NOT NULL REFERENCES work_items (id),
    from_band smallint NOT NULL CHECK (from_band BETWEEN 0 AND 3),
    from_score integer NOT NULL,
    to_band smallint NOT NULL CHECK (to_band BETWEEN 0 AND 3),
    to_score integer NOT NULL,
    PRIMARY KEY (policy_hash, work_item_id)
);
