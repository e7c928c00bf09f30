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
