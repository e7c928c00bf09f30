/**
 * What version 6 adds: where each skill stands, every change of the library, what is tried and proposed, and which samples
 * a change has dropped. A scope is its key as text (`skillScopeKey`).
 */
export const improvingSchema = `
ALTER TABLE turns ADD COLUMN masked_skills TEXT NOT NULL DEFAULT '[]';
ALTER TABLE turns ADD COLUMN space_id TEXT NOT NULL DEFAULT '';
UPDATE turns SET space_id = COALESCE(CAST(json_extract(conversation, '$.spaceId') AS TEXT), '')
  WHERE json_valid(conversation);

ALTER TABLE settlements ADD COLUMN dropped_by INTEGER;
-- Of a known reward.
ALTER TABLE settlements ADD COLUMN value REAL;
-- Of the turn, so that those who look for turns of a space need not read all of them.
ALTER TABLE settlements ADD COLUMN space_id TEXT NOT NULL DEFAULT '';
ALTER TABLE settlements ADD COLUMN asked_at REAL NOT NULL DEFAULT 0;
UPDATE settlements SET value = CAST(json_extract(reward, '$.value') AS REAL)
  WHERE outcome = 'known' AND json_valid(reward);
UPDATE settlements SET space_id = t.space_id, asked_at = t.started_at
  FROM turns t WHERE t.turn_id = settlements.turn_id;
CREATE INDEX settlements_support ON settlements (space_id, asked_at)
  WHERE purpose = 'skills' AND state = 'settled' AND role = 'support';
CREATE INDEX settlements_good ON settlements (space_id, asked_at)
  WHERE purpose = 'skills' AND value > 0;
CREATE INDEX settlements_labelled ON settlements (asked_at, space_id)
  WHERE purpose = 'skills' AND outcome = 'known';
CREATE INDEX settlements_labelled_of_space ON settlements (space_id, asked_at)
  WHERE purpose = 'skills' AND outcome = 'known';
CREATE INDEX settlements_waiting ON settlements (turn_id)
  WHERE purpose = 'weights' AND dropped_by IS NULL AND (state = 'open' OR (state = 'settled' AND role = 'query'));
CREATE INDEX settlements_not_dropped ON settlements (turn_id)
  WHERE purpose = 'weights' AND dropped_by IS NULL AND state <> 'used';
CREATE INDEX settlements_dropped ON settlements (turn_id) WHERE purpose = 'weights' AND dropped_by IS NOT NULL;
CREATE INDEX settlements_trained ON settlements (turn_id) WHERE purpose = 'weights' AND state = 'used';

-- What the session says of the skills shown in it was written down, or it ended before anybody asked.
ALTER TABLE sessions ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET counted = 1 WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_uncounted ON sessions (ended_at) WHERE ended_at IS NOT NULL AND counted = 0;

ALTER TABLE skill_versions ADD COLUMN origin TEXT NOT NULL DEFAULT '{"kind":"files"}';
ALTER TABLE skill_versions ADD COLUMN learned_from TEXT;

CREATE TABLE skill_entries (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('candidate', 'canary', 'active', 'retired', 'hidden')),
  is_proven INTEGER NOT NULL DEFAULT 0,
  is_pinned INTEGER NOT NULL DEFAULT 0,
  masked_contexts TEXT NOT NULL DEFAULT '[]',
  trial INTEGER NOT NULL,
  since REAL NOT NULL,
  -- The version that its file said last, and what became of the file; empty where there never was one.
  file_version INTEGER,
  file_state TEXT CHECK (file_state IN ('there', 'gone', 'gone_and_retired')),
  PRIMARY KEY (scope, name),
  CHECK ((file_version IS NULL) = (file_state IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX skill_entries_trials ON skill_entries (scope, trial);
INSERT INTO skill_entries (scope, name, version, state, trial, since, file_version, file_state)
  SELECT scope, name, version, CASE active WHEN 1 THEN 'active' ELSE 'retired' END,
    ROW_NUMBER() OVER (PARTITION BY scope ORDER BY active DESC, name), created_at, version,
    CASE active WHEN 1 THEN 'there' ELSE 'gone_and_retired' END
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY scope, name ORDER BY active DESC, version DESC) AS place
        FROM skill_versions)
  WHERE place = 1;
DROP INDEX skill_versions_active;
ALTER TABLE skill_versions DROP COLUMN active;

CREATE TABLE skill_files (
  scope TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
  path TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (scope, name, version, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE library_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  generation INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  -- Nothing is known of those before it.
  first_generation INTEGER NOT NULL
) STRICT;
INSERT INTO library_head
  SELECT 1, COALESCE(MAX(generation), 0), 0, COALESCE(MAX(generation), 0) FROM generations;
DROP TABLE generations;

CREATE TABLE library_log (
  revision INTEGER NOT NULL,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The library's after it.
  generation INTEGER NOT NULL,
  occurred_at REAL NOT NULL,
  cause TEXT NOT NULL,
  -- The entry as JSON; empty where it was new.
  before TEXT,
  after TEXT NOT NULL,
  PRIMARY KEY (revision, scope, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX library_log_of_name ON library_log (scope, name, revision);
CREATE INDEX library_log_generations ON library_log (generation, revision);

CREATE TABLE exposures (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL,
  space_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  trial INTEGER NOT NULL,
  ended_at REAL NOT NULL,
  version INTEGER NOT NULL,
  is_shown INTEGER NOT NULL,
  propensity REAL NOT NULL,
  context TEXT NOT NULL,
  outcome REAL NOT NULL,
  is_labelled INTEGER NOT NULL,
  positives INTEGER NOT NULL,
  negatives TEXT NOT NULL,
  turns INTEGER NOT NULL
) STRICT;
CREATE INDEX exposures_of_trial ON exposures (scope, name, trial);
CREATE INDEX exposures_of_skill ON exposures (scope, name, ended_at);
CREATE INDEX exposures_of_space ON exposures (space_id, ended_at);
CREATE INDEX exposures_by_time ON exposures (ended_at);
-- Kept beside the exposures, which grow with the talk.
CREATE TABLE skill_uses (
  scope TEXT NOT NULL, name TEXT NOT NULL,
  sessions INTEGER NOT NULL,
  last_shown_at REAL NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE proposals (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  space_id TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'applied', 'refused', 'rejected', 'undone', 'stale')),
  revision INTEGER NOT NULL,
  card_platform TEXT, card_channel_id TEXT, card_message_id TEXT,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX proposals_of_space ON proposals (space_id, state);
CREATE INDEX proposals_by_state ON proposals (state);
CREATE INDEX proposals_by_card ON proposals (card_platform, card_channel_id, card_message_id)
  WHERE card_message_id IS NOT NULL;

CREATE TABLE evolver_runs (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  space_id TEXT NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX evolver_runs_of_space ON evolver_runs (space_id);
CREATE TABLE evolver_spending (
  day TEXT PRIMARY KEY,
  calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
