/**
 * What version 7 adds: what an engine's calls read and wrote for a turn, in order. Ids are 32-bit integers, log-probabilities
 * 32-bit floats, both little-endian; no log-probabilities where the engine gave none.
 */
export const sampledSchema = `
CREATE TABLE turn_samples (
  turn_id TEXT NOT NULL REFERENCES turns (turn_id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  prompt BLOB NOT NULL,
  answer BLOB NOT NULL,
  logprobs BLOB,
  stop_reason TEXT NOT NULL,
  -- JSON.
  params TEXT NOT NULL,
  tokenizer_hash TEXT NOT NULL,
  base_model TEXT NOT NULL,
  sampler_version TEXT NOT NULL,
  PRIMARY KEY (turn_id, position)
) STRICT;
`;

/** What version 8 adds: when the turn began, so that the oldest of them are found and forgotten. One entry a turn. */
export const sampledAgeSchema = `
ALTER TABLE turn_samples ADD COLUMN started_at REAL NOT NULL DEFAULT 0;
UPDATE turn_samples SET started_at =
  COALESCE((SELECT t.started_at FROM turns t WHERE t.turn_id = turn_samples.turn_id), 0);
CREATE INDEX turn_samples_by_age ON turn_samples (started_at) WHERE position = 0;
`;
