/** Vectors of skills by the model that made them: 32-bit floats, little-endian. */
export const vectorSchema = `
CREATE TABLE skill_vectors (
  model_id TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (model_id, content_hash)
) STRICT, WITHOUT ROWID;
`;
