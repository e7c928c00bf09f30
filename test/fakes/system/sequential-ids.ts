import { createHash } from 'node:crypto';
import type { Ids } from '../../../core/ports/ids.ts';

/**
 * Ids that a test can foresee: `turn_000001`, `turn_000002`, … counted per prefix. `life` stands before the count, so that
 * two processes over one database do not make the same ids. Digests are the real SHA-256.
 */
export function createSequentialIds(life = ''): Ids {
  const counters = new Map<string, number>();
  const next = (name: string): number => {
    const value = (counters.get(name) ?? 0) + 1;
    counters.set(name, value);
    return value;
  };
  return {
    next: (prefix) => `${prefix}_${life}${String(next(prefix)).padStart(6, '0')}`,
    code: (chars) => String(next('code')).padStart(chars, 'a').slice(-chars),
    digest: (text) => createHash('sha256').update(text).digest('hex'),
  };
}
