import type { ApiKey, ApiKeyId } from '../../core/domain/api-key.ts';
import { type ContentUse, contentUses } from '../../core/domain/content-use.ts';
import type { SpaceId } from '../../core/domain/ids.ts';
import { isTexts, parseColumn } from './wire.ts';

export interface ApiKeyRow {
  readonly key_id: ApiKeyId;
  readonly digest: string;
  readonly name: string;
  readonly kind: string;
  readonly space_id: SpaceId;
  readonly upstream_key: string;
  readonly uses: string;
  readonly monthly_tokens: number | null;
  readonly requests_per_minute: number | null;
  readonly max_concurrent: number | null;
  readonly created_at: number;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

const isKind = (value: string): value is ApiKey['kind'] => value === 'agent' || value === 'admin';

const isUpstreamKey = (value: string): value is ApiKey['upstreamKey'] =>
  value === 'own' || value === 'caller';

/** In the order of `contentUses`. One that this version does not know is agreed to by nobody here. */
function usesOf(json: string): readonly ContentUse[] | undefined {
  const stored = parseColumn(json, isTexts);
  return stored && contentUses.filter((use) => stored.includes(use));
}

/** What a key may do and whom it shows may not be guessed: such a row opens nothing. */
export function toApiKey(row: ApiKeyRow): ApiKey | undefined {
  const uses = usesOf(row.uses);
  if (!isKind(row.kind) || !isUpstreamKey(row.upstream_key) || uses === undefined) return undefined;
  return {
    keyId: row.key_id,
    name: row.name,
    kind: row.kind,
    spaceId: row.space_id,
    upstreamKey: row.upstream_key,
    uses,
    ...(row.monthly_tokens !== null && { monthlyTokens: row.monthly_tokens }),
    ...(row.requests_per_minute !== null && { requestsPerMinute: row.requests_per_minute }),
    ...(row.max_concurrent !== null && { maxConcurrent: row.max_concurrent }),
    createdAt: row.created_at,
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  };
}
