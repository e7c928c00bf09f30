import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { toAppError } from '../../core/domain/app-error.ts';
import type { Reward } from '../../core/domain/reward.ts';
import { verifyRewards } from '../../core/feedback/verify-rewards.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LedgerRow, LedgerStore } from '../../core/ports/ledger-store.ts';
import type { LogFields, Logger } from '../../core/ports/logger.ts';
import { databasePath } from '../storage.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { ledgerLine, ledgerObject } from './ledger-lines.ts';
import { settingsForCommand } from './settings-for-command.ts';

export interface TailOptions {
  readonly json: boolean;
  /** How many of the newest rows come first. */
  readonly rows: number;
  /** Goes on with new rows until it is stopped. */
  readonly follow: boolean;
  /** Shows what people wrote, too. */
  readonly words: boolean;
  /** Ends a `follow`; absent: Ctrl-C does, as nothing needs to be put in order. */
  readonly signal?: AbortSignal;
  readonly clock?: Pick<Clock, 'sleep'>;
}

/** A running bot's rows show within this. */
const LOOK_EVERY_MS = 500;
const PAGE_ROWS = 1_000;
/** So many are shown one by one; the rest is counted. */
const SHOWN_DIFFERENCES = 100;

/** How many damaged rows the stores left out; one that is met again counts once. */
function createRowCounter(): Logger & { skipped(): number } {
  const skipped = new Set<unknown>();
  const silent = (): void => {};
  const counter = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (event: string, fields?: LogFields): void => {
      if (event === 'storage_row_skipped') skipped.add(fields?.['id']);
    },
    child: () => counter,
    skipped: () => skipped.size,
  };
  return counter;
}

/** Runs with the ledger open for reading, beside a bot or without one; problems are told and become exit codes. */
async function withLedger(
  io: CommandIo,
  json: boolean,
  work: (ledger: LedgerStore, unreadable: () => number) => Promise<number>,
): Promise<number> {
  const loaded = settingsForCommand(io, json);
  if (loaded === undefined) return exitCodes.problem;
  try {
    const logger = createRowCounter();
    const database = openDatabase({ path: databasePath(loaded.homeFolder), logger, readOnly: true });
    try {
      return await work(openStores(database).ledger, logger.skipped);
    } finally {
      database.close();
    }
  } catch (thrown) {
    const error = toAppError(thrown);
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    return exitCodeOf(error);
  }
}

/** The newest rows, oldest first. Sequences have gaps where rows were forgotten, so it looks back further as needed. */
async function newestRows(ledger: LedgerStore, wanted: number): Promise<readonly LedgerRow[]> {
  const newest = await ledger.newest();
  for (let span = wanted; ; span *= 4) {
    const after = Math.max(0, newest - span);
    const rows = await ledger.page(after, span);
    if (rows.length >= wanted || after === 0) return wanted === 0 ? [] : rows.slice(-wanted);
  }
}

/** Fires when whoever read the output has gone (`metaclaw ledger tail | head`), which is no fault. */
function readerGone(io: CommandIo): AbortSignal {
  const gone = new AbortController();
  // Stays: the last writes may fail after the command is through.
  io.stdout.on('error', () => gone.abort());
  return gone.signal;
}

/** `metaclaw ledger tail`: one row a line. */
export function runLedgerTail(io: CommandIo, options: TailOptions): Promise<number> {
  const { json, words } = options;
  const show = ({ sequence, signal }: LedgerRow): void => {
    if (json) sayJson(io, ledgerObject(sequence, signal, words));
    else say(io, ledgerLine(signal, words));
  };
  const gone = readerGone(io);
  const ended = options.signal === undefined ? gone : AbortSignal.any([gone, options.signal]);
  return withLedger(io, json, async (ledger) => {
    const from = await ledger.newest();
    const first = options.rows === 0 ? [] : await newestRows(ledger, options.rows);
    for (const row of first) show(row);
    let shown = first.at(-1)?.sequence ?? from;
    const clock = options.clock ?? createSystemClock();
    while (options.follow && !ended.aborted) {
      const rows = await ledger.page(shown, PAGE_ROWS);
      for (const row of rows) show(row);
      shown = rows.at(-1)?.sequence ?? shown;
      // Cut short only by the end of following.
      if (rows.length < PAGE_ROWS) await clock.sleep(LOOK_EVERY_MS, ended).catch(() => {});
    }
    return exitCodes.ok;
  });
}

function rewardText(reward: Reward): string {
  if (reward.kind !== 'known') return reward.kind;
  const { value, authority, voices, weight } = reward;
  return `${value} (${authority}, ${voices === 1 ? '1 voice' : `${voices} voices`}, weight ${weight})`;
}

/** `metaclaw ledger verify`: folds every settled reward again and compares. */
export function runLedgerVerify(io: CommandIo, { json }: { readonly json: boolean }): Promise<number> {
  return withLedger(io, json, async (ledger, unreadable) => {
    const counts = { equal: 0, different: 0, late: 0 };
    const differences: object[] = [];
    for await (const verified of verifyRewards({ ledger })) {
      counts[verified.kind] += 1;
      if (verified.kind !== 'different' || counts.different > SHOWN_DIFFERENCES) continue;
      const { turnId, use, stored, recomputed } = verified;
      if (json) differences.push({ turnId, use, stored, recomputed });
      else {
        say(
          io,
          `${turnId} (${use}): stored ${rewardText(stored)}, the ledger says ${rewardText(recomputed)}`,
        );
      }
    }
    const isSound = counts.different === 0 && unreadable() === 0;
    const compared = counts.equal + counts.different;
    if (json) {
      const { different, late } = counts;
      sayJson(io, { ok: isSound, compared, different, late, unreadable: unreadable(), differences });
    } else {
      if (counts.different > SHOWN_DIFFERENCES) {
        say(io, `… and ${counts.different - SHOWN_DIFFERENCES} more`);
      }
      say(io, `Settled rewards compared with the ledger: ${compared}`);
      say(io, `Different: ${counts.different}`);
      if (counts.late > 0) say(io, `Not compared, as signals came after they were used: ${counts.late}`);
      if (unreadable() > 0) say(io, `Damaged, not readable: ${unreadable()}`);
    }
    return isSound ? exitCodes.ok : exitCodes.problem;
  });
}
