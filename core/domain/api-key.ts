import type { Brand } from './brand.ts';
import type { ContentUse } from './content-use.ts';
import type { SpaceId } from './ids.ts';

export type ApiKeyId = Brand<'ApiKeyId'>;

export function apiKeyId(value: string): ApiKeyId {
  return value as ApiKeyId;
}

/**
 * What a key of the proxy stands for. The key itself is kept nowhere, only its digest beside this.
 * `agent`: asks models and gives feedback in its space. `admin`: gives commands in any api space, and asks no model.
 */
export interface ApiKey {
  readonly keyId: ApiKeyId;
  /** As people tell it from others; no two that are not revoked have the same. */
  readonly name: string;
  readonly kind: 'agent' | 'admin';
  /** Whose skills, feedback and learning it shares. */
  readonly spaceId: SpaceId;
  /** Which key the model server is shown: the operator's, or the one that the caller sends along. */
  readonly upstreamKey: 'own' | 'caller';
  /** What may be done with its talk beside answering, where the operator has it on. */
  readonly uses: readonly ContentUse[];
  /** Most tokens in a calendar month (UTC), prompts and answers together; absent: no bound. */
  readonly monthlyTokens?: number;
  /** Absent: no bound. */
  readonly requestsPerMinute?: number;
  /** Requests under way at once; absent: no bound. */
  readonly maxConcurrent?: number;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  readonly revokedAt?: number;
  /** To the minute or so. */
  readonly lastUsedAt?: number;
}

/** What may be changed of a key. `null` takes a bound away. */
export interface ApiKeyChange {
  readonly upstreamKey?: ApiKey['upstreamKey'];
  readonly uses?: readonly ContentUse[];
  readonly monthlyTokens?: number | null;
  readonly requestsPerMinute?: number | null;
  readonly maxConcurrent?: number | null;
}
