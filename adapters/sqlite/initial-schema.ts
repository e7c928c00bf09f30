/**
 * The tables as of version 1. Instants (`…_at`) are REAL: epoch milliseconds may carry a fraction on some platforms.
 * Columns that hold JSON are read through `wire.ts`.
 */
export const initialSchema = `
CREATE TABLE inbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  conversation_key TEXT NOT NULL,
  -- Set while a message waits, so that an edit can find it.
  platform TEXT, channel_id TEXT, message_id TEXT,
  -- JSON; empty once finished: the id alone is needed to know a duplicate.
  event TEXT NOT NULL,
  accepted_at REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  finished INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX inbox_pending ON inbox (sequence) WHERE finished = 0;
CREATE INDEX inbox_waiting_message ON inbox (platform, channel_id, message_id) WHERE finished = 0;
CREATE INDEX inbox_finished ON inbox (accepted_at) WHERE finished = 1;

CREATE TABLE sessions (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL UNIQUE,
  conversation_key TEXT NOT NULL,
  started_at REAL NOT NULL,
  last_active_at REAL NOT NULL,
  ended_at REAL,
  end_reason TEXT CHECK (end_reason IN ('gap', 'command', 'shutdown')),
  continues TEXT
) STRICT;
CREATE INDEX sessions_of_conversation ON sessions (conversation_key, ordinal);
CREATE UNIQUE INDEX sessions_one_open ON sessions (conversation_key) WHERE ended_at IS NULL;
CREATE INDEX sessions_idle ON sessions (last_active_at) WHERE ended_at IS NULL;

CREATE TABLE turns (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  turn_id TEXT NOT NULL UNIQUE,
  conversation_key TEXT NOT NULL,
  platform TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  session_id TEXT NOT NULL,
  asker_id TEXT NOT NULL,
  asker_name TEXT NOT NULL,
  event_ids TEXT NOT NULL,
  request_refs TEXT NOT NULL,
  request_text TEXT NOT NULL,
  edited_request_text TEXT,
  generation INTEGER NOT NULL,
  skills TEXT NOT NULL,
  policy TEXT NOT NULL,
  prompt_hash TEXT NOT NULL,
  state TEXT NOT NULL,
  reply_text TEXT NOT NULL DEFAULT '',
  usage TEXT,
  error_code TEXT,
  retry_of TEXT,
  started_at REAL NOT NULL,
  first_reply_at REAL,
  ended_at REAL
) STRICT;
CREATE INDEX turns_of_session ON turns (session_id, ordinal);
CREATE INDEX turns_of_conversation ON turns (conversation_key, ordinal);
CREATE INDEX turns_by_state ON turns (state, ordinal);

CREATE TABLE request_messages (
  platform TEXT NOT NULL, channel_id TEXT NOT NULL, message_id TEXT NOT NULL,
  turn_ordinal INTEGER NOT NULL REFERENCES turns (ordinal) ON DELETE CASCADE,
  PRIMARY KEY (platform, channel_id, message_id, turn_ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE sends (
  turn_id TEXT NOT NULL REFERENCES turns (turn_id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  send_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'failed')),
  body TEXT NOT NULL,
  platform TEXT, channel_id TEXT, message_id TEXT,
  PRIMARY KEY (turn_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX sends_intended ON sends (turn_id) WHERE state = 'intended';

-- The index from message to turn. It keeps a message that was taken out again (current = 0), as people may have spoken of it.
CREATE TABLE reply_messages (
  platform TEXT NOT NULL, channel_id TEXT NOT NULL, message_id TEXT NOT NULL,
  turn_id TEXT NOT NULL REFERENCES turns (turn_id) ON DELETE CASCADE,
  current INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (platform, channel_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reply_messages_of_turn ON reply_messages (turn_id);

CREATE TABLE ledger (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  platform TEXT NOT NULL,
  space_id TEXT NOT NULL,
  target_turn_id TEXT,
  target_platform TEXT, target_channel_id TEXT, target_message_id TEXT,
  actor_id TEXT,
  actor_is_bot INTEGER NOT NULL,
  change TEXT NOT NULL CHECK (change IN ('given', 'withdrawn', 'cleared')),
  kind TEXT NOT NULL,
  slot TEXT,
  name TEXT NOT NULL,
  polarity REAL NOT NULL,
  authority TEXT NOT NULL,
  rule TEXT NOT NULL,
  occurred_at REAL NOT NULL,
  recorded_at REAL NOT NULL,
  CHECK ((target_turn_id IS NULL) <> (target_message_id IS NULL))
) STRICT;
CREATE INDEX ledger_by_turn ON ledger (target_turn_id) WHERE target_turn_id IS NOT NULL;
CREATE INDEX ledger_by_message ON ledger (target_platform, target_channel_id, target_message_id)
  WHERE target_message_id IS NOT NULL;
-- Rows whose message was not in the index when they came: it may be in it soon, or be nobody's business here.
CREATE TABLE unclaimed_signals (
  sequence INTEGER PRIMARY KEY REFERENCES ledger (sequence) ON DELETE CASCADE
) STRICT;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE settlements (
  turn_id TEXT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('skills', 'weights')),
  state TEXT NOT NULL CHECK (state IN ('open', 'settled')),
  due_at REAL NOT NULL,
  reward TEXT,
  rewarded INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (turn_id, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX settlements_due ON settlements (due_at) WHERE state = 'open';

CREATE TABLE settings (
  scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE skill_versions (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  description TEXT NOT NULL,
  triggers TEXT NOT NULL,
  body TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at REAL NOT NULL,
  active INTEGER NOT NULL,
  PRIMARY KEY (scope, name, version)
) STRICT;
CREATE INDEX skill_versions_by_name ON skill_versions (name, version);
CREATE UNIQUE INDEX skill_versions_active ON skill_versions (scope, name) WHERE active = 1;
CREATE TABLE generations (
  generation INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  created_at REAL NOT NULL
) STRICT;

CREATE TABLE transcript (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id TEXT NOT NULL UNIQUE,
  conversation_key TEXT NOT NULL,
  sender TEXT NOT NULL CHECK (sender IN ('person', 'bot')),
  content TEXT NOT NULL,
  sent_at REAL NOT NULL
) STRICT;
CREATE INDEX transcript_of_conversation ON transcript (conversation_key, ordinal);

CREATE TABLE key_values (
  namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires_at REAL,
  PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_values_expiring ON key_values (expires_at) WHERE expires_at IS NOT NULL;
`;
