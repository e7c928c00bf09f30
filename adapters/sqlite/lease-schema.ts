/** Leases between instances. A row stays when its lease is given back, so that its token never goes back. */
export const leaseSchema = `
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  -- Grows by one with each taking.
  token INTEGER NOT NULL,
  -- NULL: given back.
  holder TEXT,
  until REAL NOT NULL,
  -- For how long it was taken, or prolonged.
  ttl_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;
`;
