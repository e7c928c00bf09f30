import type { SessionId, SpaceId, TurnId } from '../../core/domain/ids.ts';
import {
  isSkillName,
  type SkillName,
  type SkillScope,
  skillScopeKey,
  skillSlotKey,
} from '../../core/domain/skill.ts';
import type {
  EndedSession,
  Exposure,
  SessionBaseline,
  SkillUse,
  TrialKey,
  TrialStore,
} from '../../core/ports/trial-store.ts';
import type { SqliteDatabase } from './database.ts';
import { isNegatives, parseScope } from './library-wire.ts';
import { readRows } from './rows.ts';
import { isConversation, isShownSkills, parseColumn } from './wire.ts';

interface SessionRow {
  readonly session_id: SessionId;
  readonly ended_at: number;
}

interface SessionTurnRow {
  readonly turn_id: TurnId;
  readonly conversation: string;
  readonly request_text: string;
  readonly skills: string;
  readonly masked_skills: string;
  readonly is_hold_out: number;
}

function toSessionTurn(row: SessionTurnRow): EndedSession['turns'][number] | undefined {
  const conversation = parseColumn(row.conversation, isConversation);
  const skills = parseColumn(row.skills, isShownSkills);
  const maskedSkills = parseColumn(row.masked_skills, isShownSkills);
  if (!conversation || !skills || !maskedSkills) return undefined;
  return {
    turnId: row.turn_id,
    conversation,
    requestText: row.request_text,
    skills,
    maskedSkills,
    isHoldOut: row.is_hold_out === 1,
  };
}

interface ExposureRow {
  readonly sequence: number;
  readonly session_id: SessionId;
  readonly scope: string;
  readonly name: string;
  readonly trial: number;
  readonly ended_at: number;
  readonly version: number;
  readonly is_shown: number;
  readonly propensity: number;
  readonly context: string;
  readonly outcome: number;
  readonly is_labelled: number;
  readonly positives: number;
  readonly negatives: string;
  readonly turns: number;
}

const EXPOSURE_COLUMNS = `session_id, scope, name, trial, ended_at, version, is_shown, propensity, context,
  outcome, is_labelled, positives, negatives, turns`;

function toExposure(row: ExposureRow): Exposure | undefined {
  const scope = parseScope(row.scope);
  const negatives = parseColumn(row.negatives, isNegatives);
  if (scope === undefined || negatives === undefined || !isSkillName(row.name)) return undefined;
  return {
    scope,
    name: row.name,
    trial: row.trial,
    sessionId: row.session_id,
    at: row.ended_at,
    version: row.version,
    isShown: row.is_shown === 1,
    propensity: row.propensity,
    context: row.context,
    outcome: row.outcome,
    isLabelled: row.is_labelled === 1,
    positives: row.positives,
    negatives,
    turns: row.turns,
  };
}

type Shown = Omit<SkillUse, 'sessions'>;

interface UseRow {
  readonly scope: string;
  readonly name: string;
  readonly sessions: number;
  readonly last_shown_at: number;
}

function toUse(row: UseRow): SkillUse | undefined {
  const scope = parseScope(row.scope);
  if (scope === undefined || !isSkillName(row.name)) return undefined;
  return { scope, name: row.name, sessions: row.sessions, lastShownAt: row.last_shown_at };
}

interface BaselineRow {
  readonly mean: number | null;
  readonly square: number | null;
  readonly sessions: number;
}

function toBaseline(row: BaselineRow | undefined): SessionBaseline | undefined {
  if (row === undefined || row.mean === null || row.square === null) return undefined;
  const variance = Math.max(0, row.square - row.mean * row.mean);
  return { mean: row.mean, variance, sessions: row.sessions };
}

/** Of the sessions that a condition picks, without those that showed one trial: what they say in the mean, each counted once. */
const baselineOf = (condition: string): string => `
  SELECT AVG(outcome) AS mean, AVG(outcome * outcome) AS square, COUNT(*) AS sessions
  FROM (SELECT AVG(outcome) AS outcome FROM exposures WHERE ${condition} AND session_id NOT IN (
      SELECT session_id FROM exposures WHERE scope = ? AND name = ? AND trial = ? AND is_shown = 1)
    GROUP BY session_id)`;

export function createTrialStore(database: SqliteDatabase): TrialStore {
  // A turn that is not through yet will be settled; one that was stopped never is.
  const countable = database.statement<[number], SessionRow>(`
    SELECT s.session_id, s.ended_at FROM sessions s INDEXED BY sessions_uncounted
    WHERE s.ended_at IS NOT NULL AND s.counted = 0 AND NOT EXISTS (
      SELECT 1 FROM turns t WHERE t.session_id = s.session_id AND (t.state IN ('open', 'answered')
        OR EXISTS (SELECT 1 FROM settlements x
          WHERE x.turn_id = t.turn_id AND x.purpose = 'skills' AND x.state = 'open')))
    ORDER BY s.ended_at, s.ordinal LIMIT ?`);
  const turnsOf = database.statement<[string], SessionTurnRow>(`
    SELECT turn_id, conversation, request_text, skills, masked_skills, is_hold_out FROM turns
    WHERE session_id = ? AND line = 'main' ORDER BY ordinal`);
  const markCounted = database.statement<[string]>(
    'UPDATE sessions SET counted = 1 WHERE session_id = ? AND counted = 0',
  );
  const spaceOf = database.statement<[string], { space_id: string }>(
    'SELECT space_id FROM turns WHERE session_id = ? LIMIT 1',
  );
  const insert = database.statement<readonly (string | number)[]>(`
    INSERT INTO exposures (space_id, ${EXPOSURE_COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const use = database.statement<[string, string, number]>(`
    INSERT INTO skill_uses (scope, name, sessions, last_shown_at) VALUES (?, ?, 1, ?)
    ON CONFLICT (scope, name) DO UPDATE SET sessions = sessions + 1,
      last_shown_at = MAX(last_shown_at, excluded.last_shown_at)`);
  const ofTrial = database.statement<[string, string, number, number], ExposureRow>(`
    SELECT sequence, ${EXPOSURE_COLUMNS} FROM exposures WHERE scope = ? AND name = ? AND trial = ?
    ORDER BY sequence LIMIT -1 OFFSET ?`);
  const ofSkill = database.statement<[string, string, number], ExposureRow>(`
    SELECT sequence, ${EXPOSURE_COLUMNS} FROM exposures WHERE scope = ? AND name = ? AND ended_at >= ?
    ORDER BY ended_at, sequence`);
  const uses = database.statement<[], UseRow>(
    'SELECT scope, name, sessions, last_shown_at FROM skill_uses ORDER BY scope, name',
  );
  const known = "purpose = 'skills' AND outcome = 'known'";
  const labelled = database.statement<[number], { total: number }>(
    `SELECT COUNT(*) AS total FROM settlements WHERE ${known} AND asked_at >= ?`,
  );
  const labelledOfSpace = database.statement<[string, number], { total: number }>(
    `SELECT COUNT(*) AS total FROM settlements WHERE ${known} AND space_id = ? AND asked_at >= ?`,
  );
  const baseline = database.statement<[number, string, string, number], BaselineRow>(
    baselineOf('ended_at >= ?'),
  );
  const baselineOfSpace = database.statement<[string, number, string, string, number], BaselineRow>(
    baselineOf('space_id = ? AND ended_at >= ?'),
  );

  const readExposures = (rows: readonly ExposureRow[]): readonly Exposure[] =>
    readRows(database.logger, 'exposures', rows, (row) => String(row.sequence), toExposure);

  function writeExposure(spaceId: string, sessionId: SessionId, exposure: Exposure): void {
    insert.run(
      spaceId,
      sessionId,
      skillScopeKey(exposure.scope),
      exposure.name,
      exposure.trial,
      exposure.at,
      exposure.version,
      exposure.isShown ? 1 : 0,
      exposure.propensity,
      exposure.context,
      exposure.outcome,
      exposure.isLabelled ? 1 : 0,
      exposure.positives,
      JSON.stringify(exposure.negatives),
      exposure.turns,
    );
  }

  function count(sessionId: SessionId, exposures: readonly Exposure[], alsoShown: readonly Shown[]): void {
    if (markCounted.run(sessionId) === 0) return;
    const spaceId = spaceOf.get(sessionId)?.space_id ?? '';
    /** Each name once, though an edit in the middle of a session makes two trials of it. */
    const shown = new Map<string, Shown>();
    const show = (one: Shown): unknown => shown.set(skillSlotKey(one), one);
    for (const one of alsoShown) show(one);
    for (const exposure of exposures) {
      writeExposure(spaceId, sessionId, exposure);
      if (exposure.isShown) show({ ...exposure, lastShownAt: exposure.at });
    }
    for (const { scope, name, lastShownAt } of shown.values())
      use.run(skillScopeKey(scope), name, lastShownAt);
  }

  return {
    countable: async (limit) =>
      database.snapshot(() =>
        countable.all(limit).map((session): EndedSession => {
          const rows = turnsOf.all(session.session_id);
          const turns = readRows(database.logger, 'turns', rows, (row) => row.turn_id, toSessionTurn);
          return { sessionId: session.session_id, endedAt: session.ended_at, turns };
        }),
      ),
    count: async (sessionId, exposures, alsoShown = []) =>
      database.transact(() => count(sessionId, exposures, alsoShown)),
    exposures: async ({ scope, name, trial }: TrialKey, skip = 0) =>
      readExposures(database.attempt(() => ofTrial.all(skillScopeKey(scope), name, trial, skip))),
    exposuresSince: async (scope: SkillScope, name: SkillName, since) =>
      readExposures(database.attempt(() => ofSkill.all(skillScopeKey(scope), name, since))),
    uses: async () =>
      readRows(
        database.logger,
        'skill_uses',
        database.attempt(() => uses.all()),
        (row) => row.name,
        toUse,
      ),
    labelledTurns: async (since, spaceId?: SpaceId) => {
      const row = database.attempt(() =>
        spaceId === undefined ? labelled.get(since) : labelledOfSpace.get(spaceId, since),
      );
      return row?.total ?? 0;
    },
    baseline: async ({ scope, name, trial }, spaceId, since) => {
      const key = skillScopeKey(scope);
      const row = database.attempt(() =>
        spaceId === undefined
          ? baseline.get(since, key, name, trial)
          : baselineOfSpace.get(spaceId, since, key, name, trial),
      );
      return toBaseline(row);
    },
  };
}
