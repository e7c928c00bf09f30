import type { z } from 'zod';
import { tableLines } from '../../core/domain/table-lines.ts';
import type { KeyView, listedKeysSchema } from '../key-wire.ts';

export type ListedKeys = z.output<typeof listedKeysSchema>;

const counted = (count: number): string => count.toLocaleString('en-US');
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function limitsOf({ monthlyTokens, requestsPerMinute, maxConcurrent }: KeyView): string {
  const limits = [
    ...(monthlyTokens === undefined ? [] : [`${counted(monthlyTokens)} tokens a month`]),
    ...(requestsPerMinute === undefined ? [] : [`${counted(requestsPerMinute)} requests a minute`]),
    ...(maxConcurrent === undefined ? [] : [`${counted(maxConcurrent)} at once`]),
  ];
  return limits.length === 0 ? 'none' : limits.join(', ');
}

const usesOf = ({ uses }: KeyView): string => (uses.length === 0 ? 'none' : uses.join(', '));

/** A key in words: what it may do, and with what bounds. */
export function keyTerms(key: KeyView): string {
  if (key.kind === 'admin') return 'an admin key, which gives commands in every space and asks no model';
  const upstream = key.upstreamKey === 'own' ? 'the operator’s' : 'the caller’s own';
  return `space ${key.space}; key for the model server: ${upstream}; allowed uses: ${usesOf(key)}; limits: ${limitsOf(key)}`;
}

const heads = ['name', 'kind', 'space', 'limits', 'allows', 'model key', 'last used', 'state'] as const;

const nothing = '-';

/** What an agent's key is bound to. An admin key gives commands wherever it likes, and asks no model. */
function boundsOf(key: KeyView): readonly [space: string, limits: string, uses: string, upstream: string] {
  if (key.kind === 'admin') return [nothing, nothing, nothing, nothing];
  return [key.space, limitsOf(key), usesOf(key), key.upstreamKey];
}

/** All keys as a table. What stands in it is never a key itself. */
export function keyTable({ month, keys }: ListedKeys): string {
  const rows = keys.map((key) => [
    key.name,
    key.kind,
    ...boundsOf(key),
    key.lastUsedAt === undefined ? 'never' : minuteOf(key.lastUsedAt),
    key.revokedAt === undefined ? 'in use' : `revoked ${dayOf(key.revokedAt)}`,
    key.kind === 'admin' ? nothing : `${counted(key.tokens)} in ${counted(key.requests)}`,
  ]);
  const left = heads.map(() => 'none' as const);
  return tableLines([[...heads, `tokens and requests in ${month}`], ...rows], [...left, 'right']);
}
