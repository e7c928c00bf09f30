/** Linked calendars. What is sealed opens with a key that is not in the file. */
export const calendarSchema = `
CREATE TABLE calendars (
  -- In the order in which they were added; nobody is told.
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  link_id TEXT NOT NULL UNIQUE,
  space_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  -- NULL: it stands for the whole space.
  person_id TEXT,
  source TEXT NOT NULL,
  calendar_id TEXT NOT NULL,
  access TEXT NOT NULL,
  label TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at REAL NOT NULL,
  -- JSON; NULL: it was never read.
  reading TEXT,
  -- NULL, as are the three after it: it can be read.
  fault_code TEXT,
  fault_message TEXT,
  fault_since REAL,
  fault_is_final INTEGER,
  UNIQUE (space_id, number),
  CHECK ((fault_code IS NULL) = (fault_message IS NULL)),
  CHECK ((fault_code IS NULL) = (fault_since IS NULL)),
  CHECK ((fault_code IS NULL) = (fault_is_final IS NULL))
) STRICT;

-- Of each space its own, as a number tells how many there were before. Stays when the calendars go, so that none is given twice.
CREATE TABLE calendar_numbers (
  space_id TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Apart, so that a new reading, which moves the row, leaves no copy of the secret behind.
CREATE TABLE calendar_secrets (
  ordinal INTEGER PRIMARY KEY REFERENCES calendars (ordinal) ON DELETE CASCADE,
  sealed TEXT NOT NULL
) STRICT;
`;
