import type { ApiKey, ApiKeyChange, ApiKeyId } from '../../core/domain/api-key.ts';
import { AppError } from '../../core/domain/app-error.ts';
import type { ApiKeyStore, KeySpending } from '../../core/ports/api-key-store.ts';
import { type ApiKeyRow, toApiKey } from './api-key-wire.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';

const SELECT_KEY = `SELECT key_id, digest, name, kind, space_id, upstream_key, uses, monthly_tokens,
  requests_per_minute, max_concurrent, created_at, revoked_at, last_used_at FROM api_keys`;

interface SpendingRow {
  readonly key_id: ApiKeyId;
  readonly tokens: number;
  readonly requests: number;
}

const isAmount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function requireAmounts(amounts: readonly (number | null | undefined)[]): void {
  if (amounts.every((amount) => amount === undefined || amount === null || isAmount(amount))) return;
  throw new AppError(
    'invalid_input',
    'A bound of a key and what it spends must be whole numbers, not below zero.',
  );
}

/** An instant that is none would be stored as NULL, and a key that was taken back would go on opening. */
function requireInstant(at: number): void {
  if (Number.isFinite(at)) return;
  throw new AppError('invalid_input', 'The time of a key’s use or end must be given in milliseconds.');
}

function requireMonth(month: string): void {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) return;
  throw new AppError('invalid_input', `A month is written as 2026-11; ${JSON.stringify(month)} is none.`);
}

const boundsOf = ({ monthlyTokens, requestsPerMinute, maxConcurrent }: ApiKeyChange) =>
  [monthlyTokens, requestsPerMinute, maxConcurrent] as const;

const changedBound = (change: number | null | undefined, before: number | null): number | null =>
  change === undefined ? before : change;

export function createApiKeyStore(database: SqliteDatabase): ApiKeyStore {
  const one = database.statement<[string], ApiKeyRow>(`${SELECT_KEY} WHERE key_id = ?`);
  const all = database.statement<[], ApiKeyRow>(`${SELECT_KEY} ORDER BY created_at, ordinal`);
  const named = database.statement<[string], { readonly key_id: string }>(
    'SELECT key_id FROM api_keys WHERE name = ? AND revoked_at IS NULL',
  );
  const known = database.statement<[string, string], { readonly key_id: string }>(
    'SELECT key_id FROM api_keys WHERE key_id = ? OR digest = ?',
  );
  const insert = database.statement<readonly (string | number | null)[]>(`
    INSERT INTO api_keys (key_id, digest, name, kind, space_id, upstream_key, uses, monthly_tokens,
      requests_per_minute, max_concurrent, created_at, revoked_at, last_used_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const update = database.statement<readonly (string | number | null)[]>(`
    UPDATE api_keys SET upstream_key = ?, uses = ?, monthly_tokens = ?, requests_per_minute = ?, max_concurrent = ?
    WHERE key_id = ?`);
  const revoke = database.statement<[number, string]>(
    'UPDATE api_keys SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL',
  );
  const used = database.statement<[number, string]>(
    'UPDATE api_keys SET last_used_at = MAX(COALESCE(last_used_at, 0), ?) WHERE key_id = ?',
  );
  const spend = database.statement<[string, string, number, number]>(`
    INSERT INTO api_key_spending (month, key_id, tokens, requests) VALUES (?, ?, ?, ?)
    ON CONFLICT (month, key_id) DO UPDATE
      SET tokens = tokens + excluded.tokens, requests = requests + excluded.requests`);
  const ofMonth = database.statement<[string], SpendingRow>(`
    SELECT key_id, tokens, requests FROM api_key_spending
    WHERE month = ? AND (tokens > 0 OR requests > 0) ORDER BY key_id`);

  const read = (rows: readonly ApiKeyRow[]): readonly { readonly key: ApiKey; readonly digest: string }[] =>
    readRows(
      database.logger,
      'api_keys',
      rows,
      (row) => row.key_id,
      (row) => {
        const key = toApiKey(row);
        return key && { key, digest: row.digest };
      },
    );

  function requireFree({ keyId, name }: ApiKey, digest: string): void {
    if (named.get(name) !== undefined) {
      throw new AppError(
        'conflict',
        `There is a key named ${name}. Revoke it, or give the new one another name.`,
      );
    }
    if (known.get(keyId, digest) !== undefined) {
      throw new AppError(
        'conflict',
        'This key is stored already, or was before it was revoked. Make another one.',
      );
    }
  }

  function changed(keyId: ApiKeyId, change: ApiKeyChange): ApiKey {
    const row = one.get(keyId);
    if (row === undefined) throw new AppError('not_found', `There is no key ${keyId}.`);
    update.run(
      change.upstreamKey ?? row.upstream_key,
      change.uses === undefined ? row.uses : JSON.stringify(change.uses),
      changedBound(change.monthlyTokens, row.monthly_tokens),
      changedBound(change.requestsPerMinute, row.requests_per_minute),
      changedBound(change.maxConcurrent, row.max_concurrent),
      keyId,
    );
    const [stored] = read(one.all(keyId));
    if (stored !== undefined) return stored.key;
    throw new AppError('storage_failed', 'The key cannot be read back. Revoke it and make another one.');
  }

  return {
    add: async (key, digest) => {
      requireAmounts(boundsOf(key));
      const params = [
        key.keyId,
        digest,
        key.name,
        key.kind,
        key.spaceId,
        key.upstreamKey,
        JSON.stringify(key.uses),
        key.monthlyTokens ?? null,
        key.requestsPerMinute ?? null,
        key.maxConcurrent ?? null,
        key.createdAt,
        key.revokedAt ?? null,
        key.lastUsedAt ?? null,
      ];
      database.transact(() => {
        requireFree(key, digest);
        insert.run(...params);
      });
    },
    list: async () => read(database.attempt(() => all.all())),
    change: async (keyId, change) => {
      requireAmounts(boundsOf(change));
      return database.transact(() => changed(keyId, change));
    },
    revoke: async (keyId, at) => {
      requireInstant(at);
      return database.attempt(() => revoke.run(at, keyId)) > 0;
    },
    spent: async ({ keyId, month, tokens, requests }, at) => {
      requireAmounts([tokens, requests]);
      requireInstant(at);
      requireMonth(month);
      await database.groupTransact(() => {
        if (used.run(at, keyId) > 0) spend.run(month, keyId, tokens, requests);
      });
    },
    spendings: async (month) =>
      database
        .attempt(() => ofMonth.all(month))
        .map(({ key_id: keyId, tokens, requests }): KeySpending => ({ keyId, month, tokens, requests })),
  };
}
