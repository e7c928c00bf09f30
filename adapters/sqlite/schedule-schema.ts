/** How busy spaces are, states of windows and windows as they were. A scope is its key as text (`policyScopeKey`). */
export const scheduleSchema = `
CREATE TABLE activity (
  space_id TEXT PRIMARY KEY,
  -- Its hours are those of this zone.
  zone TEXT NOT NULL,
  -- 32-bit floats, little-endian: five lists of 168, and three numbers for each tenth of what was forecast.
  counts BLOB NOT NULL,
  calibration BLOB NOT NULL,
  as_of REAL NOT NULL,
  -- A quarter is its start in epoch milliseconds, divided by that of a quarter of an hour.
  last_quarter INTEGER NOT NULL,
  quiet_run INTEGER NOT NULL CHECK (quiet_run BETWEEN 0 AND 2),
  last_active_quarter INTEGER,
  open_quarter INTEGER,
  open_events INTEGER,
  is_shared INTEGER NOT NULL,
  CHECK ((open_quarter IS NULL) = (open_events IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE window_states (
  scope TEXT PRIMARY KEY,
  -- JSON.
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE past_windows (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  scope TEXT NOT NULL,
  opened_at REAL NOT NULL,
  closed_at REAL NOT NULL,
  -- JSON.
  opened_by TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  worked_ms REAL NOT NULL
) STRICT;
CREATE INDEX past_windows_of_scope ON past_windows (scope, closed_at);
CREATE INDEX past_windows_closed ON past_windows (closed_at);
`;
