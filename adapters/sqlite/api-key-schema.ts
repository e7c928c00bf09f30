/** Keys of the proxy by their digests, and what each used up. A key itself is nowhere in the file. */
export const apiKeySchema = `
CREATE TABLE api_keys (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  key_id TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  space_id TEXT NOT NULL,
  upstream_key TEXT NOT NULL,
  -- JSON.
  uses TEXT NOT NULL,
  -- NULL, as are the two after it: no bound.
  monthly_tokens INTEGER CHECK (monthly_tokens >= 0),
  requests_per_minute INTEGER CHECK (requests_per_minute >= 0),
  max_concurrent INTEGER CHECK (max_concurrent >= 0),
  created_at REAL NOT NULL,
  revoked_at REAL,
  last_used_at REAL
) STRICT;
CREATE UNIQUE INDEX api_keys_in_use ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE api_key_spending (
  -- As 2026-11, UTC.
  month TEXT NOT NULL,
  key_id TEXT NOT NULL REFERENCES api_keys (key_id) ON DELETE CASCADE,
  tokens INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  PRIMARY KEY (month, key_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_spending_of_key ON api_key_spending (key_id);
`;
