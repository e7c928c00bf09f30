import type { Operation } from './operations.ts';
import type { Refusal } from './refusal.ts';
import type { WireResult } from './wire-results.ts';

export type FutureState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'done'; readonly result: WireResult }
  | { readonly kind: 'failed'; readonly refusal: Refusal };

export interface FutureRecord {
  readonly id: string;
  readonly operation: Operation;
  readonly modelId: string | undefined;
  state: FutureState;
}

export interface FutureStore {
  open(operation: Operation, modelId?: string): FutureRecord;
  /** `undefined` for one that never was or was lost. */
  find(id: string): FutureRecord | undefined;
  /** Forgets all, as an engine that was started anew. */
  lose(): void;
}

export function createFutureStore(): FutureStore {
  const records = new Map<string, FutureRecord>();
  let count = 0;
  return {
    open(operation, modelId) {
      count += 1;
      const record: FutureRecord = { id: String(count), operation, modelId, state: { kind: 'pending' } };
      records.set(record.id, record);
      return record;
    },
    find: (id) => records.get(id),
    lose: () => records.clear(),
  };
}
