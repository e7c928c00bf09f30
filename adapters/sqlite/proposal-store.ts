import { AppError } from '../../core/domain/app-error.ts';
import type { SpaceId } from '../../core/domain/ids.ts';
import type { Proposal, ProposalState } from '../../core/domain/proposal.ts';
import type {
  EvolverRun,
  NewProposal,
  ProposalPatch,
  ProposalStore,
} from '../../core/ports/proposal-store.ts';
import type { SqliteDatabase } from './database.ts';
import {
  isProposalContent,
  isProposalState,
  isRunContent,
  noProposals,
  type ProposalContent,
} from './proposal-wire.ts';
import { readRows } from './rows.ts';
import { parseColumn } from './wire.ts';

interface ProposalRow {
  readonly number: number;
  readonly space_id: SpaceId;
  readonly state: ProposalState;
  readonly revision: number;
  readonly card_platform: string | null;
  readonly card_channel_id: string | null;
  readonly card_message_id: string | null;
  readonly content: string;
}

const SELECT = `SELECT number, space_id, state, revision, card_platform, card_channel_id, card_message_id, content
  FROM proposals`;

function toProposal(row: ProposalRow): Proposal | undefined {
  const content = parseColumn(row.content, isProposalContent);
  if (content === undefined) return undefined;
  const { card_platform: platform, card_channel_id: channelId, card_message_id: messageId } = row;
  return {
    ...content,
    number: row.number,
    spaceId: row.space_id,
    state: row.state,
    revision: row.revision,
    ...(platform === null || channelId === null || messageId === null
      ? {}
      : { card: { platform, channelId, messageId } }),
  };
}

type Value = string | number | null;

/** The values of every column but the number. */
function toParams(proposal: NewProposal, revision: number): readonly Value[] {
  const { spaceId, state, card, ...rest } = proposal;
  const content: ProposalContent = rest;
  return [
    spaceId,
    state,
    revision,
    card?.platform ?? null,
    card?.channelId ?? null,
    card?.messageId ?? null,
    JSON.stringify(content),
  ];
}

interface RunRow {
  readonly sequence: number;
  readonly space_id: SpaceId;
  readonly content: string;
}

function toRun(row: RunRow): EvolverRun | undefined {
  const content = parseColumn(row.content, isRunContent);
  return content && { ...content, spaceId: row.space_id };
}

/** The part of the store that keeps what the evolver did and spent. */
function createRuns(database: SqliteDatabase): Pick<ProposalStore, 'record' | 'runs' | 'spend'> {
  const insert = database.statement<[string, string]>(
    'INSERT INTO evolver_runs (space_id, content) VALUES (?, ?)',
  );
  const newest = database.statement<[number], RunRow>(
    'SELECT sequence, space_id, content FROM evolver_runs ORDER BY sequence DESC LIMIT ?',
  );
  const newestOf = database.statement<[string, number], RunRow>(
    'SELECT sequence, space_id, content FROM evolver_runs WHERE space_id = ? ORDER BY sequence DESC LIMIT ?',
  );
  const spend = database.statement<[string, number], { calls: number }>(`
    INSERT INTO evolver_spending (day, calls) VALUES (?, ?)
    ON CONFLICT (day) DO UPDATE SET calls = calls + excluded.calls RETURNING calls`);
  const spent = database.statement<[string], { calls: number }>(
    'SELECT calls FROM evolver_spending WHERE day = ?',
  );

  return {
    record: async ({ spaceId, ...run }) => {
      database.attempt(() => insert.run(spaceId, JSON.stringify(run)));
    },
    runs: async (limit, spaceId) => {
      const rows = database.attempt(() =>
        spaceId === undefined ? newest.all(limit) : newestOf.all(spaceId, limit),
      );
      return readRows(database.logger, 'evolver_runs', rows, (row) => String(row.sequence), toRun);
    },
    spend: async (day, calls) => {
      if (calls === 0) return database.attempt(() => spent.get(day))?.calls ?? 0;
      // Read to its end (`all`), as a statement that writes takes effect only then.
      return database.group(() => spend.all(day, calls)[0]?.calls ?? calls);
    },
  };
}

export function createProposalStore(database: SqliteDatabase): ProposalStore {
  const insert = database.statement<readonly Value[]>(`
    INSERT INTO proposals
      (space_id, state, revision, card_platform, card_channel_id, card_message_id, content)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const replace = database.statement<readonly Value[]>(`
    UPDATE proposals SET space_id = ?, state = ?, revision = ?, card_platform = ?, card_channel_id = ?,
      card_message_id = ?, content = ? WHERE number = ?`);
  const byNumber = database.statement<[number], ProposalRow>(`${SELECT} WHERE number = ?`);
  const byCard = database.statement<[string, string, string], ProposalRow>(`
    ${SELECT} WHERE card_platform = ? AND card_channel_id = ? AND card_message_id = ?
    ORDER BY number DESC LIMIT 1`);
  const list = database.statement<[string, number], ProposalRow>(`
    ${SELECT} WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT ?`);
  const listOf = database.statement<[string, string, number], ProposalRow>(`
    ${SELECT} WHERE space_id = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT ?`);
  interface CountRow {
    readonly state: string;
    readonly total: number;
  }
  const counts = database.statement<[], CountRow>(
    'SELECT state, COUNT(*) AS total FROM proposals GROUP BY state',
  );
  const countsOf = database.statement<[string], CountRow>(
    'SELECT state, COUNT(*) AS total FROM proposals WHERE space_id = ? GROUP BY state',
  );

  const read = (rows: readonly ProposalRow[]): readonly Proposal[] =>
    readRows(database.logger, 'proposals', rows, (row) => String(row.number), toProposal);
  const one = (row: ProposalRow | undefined): Proposal | undefined => row && read([row])[0];

  function update(number: number, revision: number, patch: ProposalPatch): Proposal {
    const before = one(byNumber.get(number));
    if (before === undefined) {
      throw new AppError('not_found', `There is no proposal ${number}. Look at the list of proposals.`);
    }
    if (before.revision !== revision) {
      throw new AppError(
        'conflict',
        `Somebody else has changed proposal ${number} meanwhile. Look at it again, then decide.`,
      );
    }
    const { number: _, revision: __, ...content } = { ...before, ...patch };
    replace.run(...toParams(content, revision + 1), number);
    return { ...content, number, revision: revision + 1 };
  }

  return {
    create: async (proposal) => database.attempt(() => insert.insert(...toParams(proposal, 0))),
    get: async (number) => one(database.attempt(() => byNumber.get(number))),
    byCard: async ({ platform, channelId, messageId }) =>
      one(database.attempt(() => byCard.get(platform, channelId, messageId))),
    update: async (number, revision, patch) => database.transact(() => update(number, revision, patch)),
    list: async (states, limit, spaceId) => {
      const wanted = JSON.stringify(states.length === 0 ? Object.keys(noProposals) : states);
      return read(
        database.attempt(() =>
          spaceId === undefined ? list.all(wanted, limit) : listOf.all(spaceId, wanted, limit),
        ),
      );
    },
    counts: async (spaceId) => {
      const totals: Record<ProposalState, number> = { ...noProposals };
      const rows = database.attempt(() => (spaceId === undefined ? counts.all() : countsOf.all(spaceId)));
      for (const { state, total } of rows) if (isProposalState(state)) totals[state] = total;
      return totals;
    },
    ...createRuns(database),
  };
}
