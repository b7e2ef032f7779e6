-- Nodes that take requests from other nodes: where each can be reached, and when it was there last by this server's
-- clock. Whoever can write here can have API keys sent to an address, so that only the nodes' role and the owner may.
-- These statements are run again on databases that have them.

CREATE TABLE IF NOT EXISTS refundry.nodes (
    address text COLLATE "C" PRIMARY KEY,
    -- Drawn anew by each process. Its answers carry it: another server may have the address by now.
    token text NOT NULL,
    seen timestamptz NOT NULL
);
