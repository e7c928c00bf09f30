/** What version 5 adds: rows that a judge wrote, what a settled turn may become, and the turns that wait for the judge. */
export const judgedSchema = `
ALTER TABLE ledger ADD COLUMN weight REAL NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 1);
ALTER TABLE ledger ADD COLUMN source_event_id TEXT;
-- Votes of a space by time with what takes them back, for those who look at many turns.
CREATE INDEX ledger_votes ON ledger (space_id, occurred_at)
  WHERE authority = 'explicit' AND actor_is_bot = 0 AND kind <> 'hold' AND (polarity <> 0 OR change <> 'given');
-- What people gave themselves: what a judge read in their words or a tool did makes nobody an old hand.
CREATE INDEX ledger_by_actor ON ledger (actor_id, space_id, occurred_at)
  WHERE actor_id IS NOT NULL AND authority <> 'judge' AND kind <> 'tool';
-- What a judge is compared with, by the order in which it was given.
CREATE INDEX ledger_ratings ON ledger (sequence)
  WHERE kind IN ('reaction', 'button', 'feedback') AND change = 'given' AND polarity <> 0 AND actor_is_bot = 0;
CREATE INDEX ledger_holds ON ledger (space_id, occurred_at) WHERE kind = 'hold';

ALTER TABLE turns ADD COLUMN line TEXT NOT NULL DEFAULT 'main' CHECK (line IN ('main', 'side'));
ALTER TABLE turns ADD COLUMN is_hold_out INTEGER NOT NULL DEFAULT 0;
-- JSON; empty where only the asker is known.
ALTER TABLE turns ADD COLUMN prompt_authors TEXT NOT NULL DEFAULT '[]';

CREATE TABLE settlements_with_roles (
  turn_id TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('skills', 'weights')),
  state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'used')),
  due_at REAL NOT NULL,
  reward TEXT,
  outcome TEXT CHECK (outcome IN ('missing', 'held', 'known')),
  role TEXT CHECK (role IN ('support', 'query', 'hold_out', 'statistics')),
  role_reason TEXT,
  revision INTEGER NOT NULL DEFAULT 0,
  late_signals INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (turn_id, purpose)
) STRICT, WITHOUT ROWID;
-- Rewards from before there were weights are people's alone, which count whole.
INSERT INTO settlements_with_roles (turn_id, purpose, state, due_at, reward, outcome, role, role_reason, revision)
  SELECT turn_id, purpose, state, due_at,
    CASE WHEN rewarded = 1 AND json_valid(reward) THEN json_set(reward, '$.weight', 1) ELSE reward END,
    CASE WHEN state = 'open' THEN NULL WHEN rewarded = 1 THEN 'known' ELSE 'missing' END,
    CASE WHEN state = 'settled' THEN 'statistics' END,
    CASE WHEN state = 'settled' THEN 'settled_before_roles' END,
    revision
  FROM settlements;
DROP TABLE settlements;
ALTER TABLE settlements_with_roles RENAME TO settlements;
CREATE INDEX settlements_due ON settlements (due_at) WHERE state = 'open';

CREATE TABLE judge_jobs (
  turn_id TEXT PRIMARY KEY,
  due_at REAL NOT NULL,
  waiting INTEGER NOT NULL DEFAULT 1,
  attempts INTEGER NOT NULL DEFAULT 0,
  seen_alone INTEGER NOT NULL DEFAULT 0,
  seen_with_next INTEGER NOT NULL DEFAULT 0,
  -- Its session ended before its person spoke again.
  is_last INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX judge_jobs_due ON judge_jobs (due_at) WHERE waiting = 1;
CREATE INDEX judge_jobs_alone ON judge_jobs (turn_id)
  WHERE waiting = 0 AND seen_alone = 1 AND seen_with_next = 0 AND is_last = 0;
CREATE TABLE judge_spending (
  day TEXT PRIMARY KEY,
  calls INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
