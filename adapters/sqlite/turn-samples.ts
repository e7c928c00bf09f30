import type { TurnId } from '../../core/domain/ids.ts';
import type { SampledLengths, SampledTokens } from '../../core/domain/sampling.ts';
import type { SqliteDatabase } from './database.ts';
import { blobToFloats, blobToInts, bytesPerNumber, floatsToBlob, intsToBlob } from './number-blob.ts';
import { readRows } from './rows.ts';
import { isSamplingParams, isStopReason, parseColumn } from './wire.ts';

/** One call of an engine as its table holds it. */
export interface SampleRow {
  readonly position: number;
  readonly prompt: Uint8Array;
  readonly answer: Uint8Array;
  readonly logprobs: Uint8Array | null;
  readonly stop_reason: string;
  readonly params: string;
  readonly tokenizer_hash: string;
  readonly base_model: string;
  readonly sampler_version: string;
}

export function toSampleRows(sampled: readonly SampledTokens[]): readonly SampleRow[] {
  return sampled.map((call, position) => ({
    position,
    prompt: intsToBlob(call.prompt),
    answer: intsToBlob(call.tokens),
    logprobs: call.logprobs === undefined ? null : floatsToBlob(call.logprobs),
    stop_reason: call.stopReason,
    params: JSON.stringify(call.params),
    tokenizer_hash: call.tokenizerHash,
    base_model: call.baseModel,
    sampler_version: call.samplerVersion,
  }));
}

function toSampled(row: SampleRow): SampledTokens | undefined {
  const prompt = blobToInts(row.prompt);
  const tokens = blobToInts(row.answer);
  const logprobs = row.logprobs === null ? undefined : blobToFloats(row.logprobs);
  const params = parseColumn(row.params, isSamplingParams);
  if (!prompt || !tokens || !params || !isStopReason(row.stop_reason)) return undefined;
  // With numbers of other tokens a turn would be learned from wrongly: it is none then.
  if (row.logprobs !== null && logprobs?.length !== tokens.length) return undefined;
  return {
    prompt,
    tokens,
    ...(logprobs === undefined ? {} : { logprobs }),
    stopReason: row.stop_reason,
    params,
    tokenizerHash: row.tokenizer_hash,
    baseModel: row.base_model,
    samplerVersion: row.sampler_version,
  };
}

/** The same row with the lengths of its blobs in bytes, which SQLite knows without reading them. */
interface LengthsRow
  extends Pick<SampleRow, 'position' | 'stop_reason' | 'params' | 'tokenizer_hash' | 'base_model'> {
  readonly prompt_bytes: number;
  readonly answer_bytes: number;
  readonly logprobs_bytes: number | null;
}

/** Refuses what `toSampled` refuses, so that both read the same calls. */
function toLengths(row: LengthsRow): SampledLengths | undefined {
  const { prompt_bytes: prompt, answer_bytes: answer, logprobs_bytes: logprobs } = row;
  const params = parseColumn(row.params, isSamplingParams);
  if (!params || !isStopReason(row.stop_reason)) return undefined;
  if (prompt % bytesPerNumber !== 0 || answer % bytesPerNumber !== 0) return undefined;
  if (logprobs !== null && logprobs !== answer) return undefined;
  return {
    promptTokens: prompt / bytesPerNumber,
    answerTokens: answer / bytesPerNumber,
    hasLogprobs: logprobs !== null,
    params,
    tokenizerHash: row.tokenizer_hash,
    baseModel: row.base_model,
  };
}

export interface TurnSamples {
  /** Inside the caller's commit: these, in place of what was stored. */
  replace(turnId: TurnId, rows: readonly SampleRow[]): void;
  of(turnId: TurnId): readonly SampledTokens[];
  lengthsOf(turnId: TurnId): readonly SampledLengths[];
  areAny(): boolean;
  /** Inside the caller's commit, as `TurnStore.forgetSampled`. */
  forget(before: number, limit: number): number;
}

/** The part of the turn store that keeps what engines read and wrote. It goes with its turn. */
export function createTurnSamples(database: SqliteDatabase): TurnSamples {
  const drop = database.statement<[string]>('DELETE FROM turn_samples WHERE turn_id = ?');
  const put = database.statement<readonly (string | number | Uint8Array | null)[]>(`
    INSERT INTO turn_samples (turn_id, position, prompt, answer, logprobs, stop_reason, params,
      tokenizer_hash, base_model, sampler_version, started_at)
    SELECT turn_id, ?, ?, ?, ?, ?, ?, ?, ?, ?, started_at FROM turns WHERE turn_id = ?`);
  const ofTurn = database.statement<[string], SampleRow>(`
    SELECT position, prompt, answer, logprobs, stop_reason, params, tokenizer_hash, base_model, sampler_version
    FROM turn_samples WHERE turn_id = ? ORDER BY position`);
  const lengthsOfTurn = database.statement<[string], LengthsRow>(`
    SELECT position, length(prompt) AS prompt_bytes, length(answer) AS answer_bytes,
      length(logprobs) AS logprobs_bytes, stop_reason, params, tokenizer_hash, base_model
    FROM turn_samples WHERE turn_id = ? ORDER BY position`);
  // Each turn that has any has a first one.
  const any = database.statement<[], { readonly found: number }>(
    'SELECT 1 AS found FROM turn_samples WHERE position = 0 LIMIT 1',
  );
  const oldest = database.statement<[number, number], { readonly turn_id: string }>(`
    SELECT turn_id FROM turn_samples WHERE position = 0 AND started_at < ? ORDER BY started_at LIMIT ?`);

  return {
    replace(turnId, rows) {
      drop.run(turnId);
      for (const row of rows) {
        put.run(
          row.position,
          row.prompt,
          row.answer,
          row.logprobs,
          row.stop_reason,
          row.params,
          row.tokenizer_hash,
          row.base_model,
          row.sampler_version,
          turnId,
        );
      }
    },
    of: (turnId) =>
      readRows(
        database.logger,
        'turn_samples',
        database.attempt(() => ofTurn.all(turnId)),
        (row) => `${turnId} ${row.position}`,
        toSampled,
      ),
    lengthsOf: (turnId) =>
      readRows(
        database.logger,
        'turn_samples',
        database.attempt(() => lengthsOfTurn.all(turnId)),
        (row) => `${turnId} ${row.position}`,
        toLengths,
      ),
    areAny: () => database.attempt(() => any.get()) !== undefined,
    forget(before, limit) {
      const turns = oldest.all(before, limit);
      for (const { turn_id: id } of turns) drop.run(id);
      return turns.length;
    },
  };
}
