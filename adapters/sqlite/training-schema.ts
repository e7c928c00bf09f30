/**
 * What version 9 adds: training runs with their samples and steps, and the policies that they made. A scope is its key as text
 * (`policyScopeKey`).
 */
export const trainingSchema = `
CREATE TABLE training_runs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('weights', 'provider', 'wording')),
  -- JSON, as is the plan.
  methods TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'done', 'skipped', 'failed', 'cancelled')),
  reason TEXT,
  parent_id TEXT,
  generation INTEGER NOT NULL,
  plan TEXT NOT NULL,
  -- Its driver's own, in whatever form.
  progress TEXT,
  calls INTEGER NOT NULL DEFAULT 0,
  -- Estimates may carry a fraction.
  tokens REAL NOT NULL DEFAULT 0,
  micros REAL NOT NULL DEFAULT 0,
  candidate_id TEXT,
  started_at REAL NOT NULL,
  ended_at REAL,
  asked_by TEXT,
  -- 0: an attempt that was skipped from the start.
  is_begun INTEGER NOT NULL,
  CHECK ((ended_at IS NULL) = (state IN ('running', 'paused')))
) STRICT;
CREATE UNIQUE INDEX training_runs_one_unfinished ON training_runs (ended_at IS NULL) WHERE ended_at IS NULL;
CREATE INDEX training_runs_of_scope ON training_runs (scope, number);
CREATE INDEX training_runs_of_kind ON training_runs (scope, kind, number);
CREATE INDEX training_runs_begun ON training_runs (scope, kind, number) WHERE is_begun = 1;
CREATE INDEX training_runs_spending ON training_runs (started_at, micros);

CREATE TABLE run_samples (
  run_id TEXT NOT NULL REFERENCES training_runs (run_id) ON DELETE CASCADE,
  turn_id TEXT NOT NULL,
  step INTEGER NOT NULL CHECK (step >= 1),
  -- In the whole plan.
  place INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  value REAL NOT NULL,
  weight REAL NOT NULL,
  baseline REAL NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('leased', 'claimed', 'trained', 'left_out')),
  reason TEXT,
  -- How its settlement and the library stood when it was claimed: where either has moved on, freeing it opens the settlement.
  claimed_late_signals INTEGER,
  claimed_generation INTEGER,
  PRIMARY KEY (run_id, turn_id),
  CHECK (status NOT IN ('claimed', 'trained') OR (claimed_late_signals IS NOT NULL AND claimed_generation IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX run_samples_by_step ON run_samples (run_id, step, place);
-- What a run ended with is trained for good or left out, so this is also: trained once at most.
CREATE UNIQUE INDEX run_samples_held ON run_samples (turn_id) WHERE status <> 'left_out';

CREATE TABLE run_steps (
  run_id TEXT NOT NULL REFERENCES training_runs (run_id) ON DELETE CASCADE,
  step INTEGER NOT NULL CHECK (step >= 1),
  state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'skipped')),
  reason TEXT,
  -- JSON.
  metrics TEXT NOT NULL DEFAULT '{}',
  state_path TEXT,
  started_at REAL NOT NULL,
  ended_at REAL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

-- Of a space; those of all spaces are among the ones that wait.
CREATE INDEX settlements_ready ON settlements (space_id, turn_id)
  WHERE purpose = 'weights' AND dropped_by IS NULL AND state = 'settled' AND role = 'query';

CREATE TABLE policies (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  policy_id TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  parent_id TEXT,
  -- JSON, as is the evidence.
  source TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('candidate', 'canary', 'serving', 'superseded', 'discarded', 'rolled_back')),
  reason TEXT,
  is_pinned INTEGER NOT NULL DEFAULT 0,
  run_id TEXT NOT NULL,
  evidence TEXT NOT NULL DEFAULT '{}',
  created_at REAL NOT NULL,
  since REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX policies_serving ON policies (scope) WHERE state = 'serving';
CREATE INDEX policies_of_scope ON policies (scope, number);
CREATE INDEX policies_by_state ON policies (state, number);

CREATE TABLE policy_comparisons (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  policy_id TEXT NOT NULL REFERENCES policies (policy_id) ON DELETE CASCADE,
  turn_id TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('win', 'tie', 'loss')),
  compared_at REAL NOT NULL,
  UNIQUE (policy_id, turn_id)
) STRICT;

CREATE INDEX turns_held_out ON turns (ordinal)
  WHERE is_hold_out = 1 AND state = 'done' AND line = 'main' AND reply_text <> '';
CREATE INDEX turns_held_out_of_space ON turns (space_id, ordinal)
  WHERE is_hold_out = 1 AND state = 'done' AND line = 'main' AND reply_text <> '';
`;
