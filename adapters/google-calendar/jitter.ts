import type { Ids } from '../../core/ports/ids.ts';

/** A random number from 0 up to 1. */
export function jitterOf(ids: Pick<Ids, 'code' | 'digest'>): number {
  return Number.parseInt(ids.digest(ids.code(12)).slice(0, 8), 16) / 2 ** 32;
}
