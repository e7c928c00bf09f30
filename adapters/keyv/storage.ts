import { EventEmitter } from 'node:events';
import {
  type KeyvStorageAdapter,
  type KeyvStorageCapability,
  type KeyvStorageEntry,
  keyvStorageCapability,
} from 'keyv';
import { AppError } from '../../core/domain/app-error.ts';
import type { KeyTable } from '../../core/ports/key-table.ts';

const PAGE_ROWS = 200;

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new AppError(
    'internal',
    'Keyv handed over a value that is not serialised. Leave its serialisation on.',
  );
}

/**
 * Keyv's storage contract (version 6: absolute expiry in ms, the adapter keeps the namespace, an event emitter) over a
 * key table. Expiry is judged by `now`. A failing table rejects; nothing is emitted. Without a namespace it sees the
 * rows that have none, and no others.
 */
export class KeyvTableStorage extends EventEmitter implements Omit<KeyvStorageAdapter, keyof EventEmitter> {
  namespace: string | undefined;
  readonly #table: KeyTable;
  readonly #now: () => number;

  constructor(table: KeyTable, now: () => number) {
    super();
    this.#table = table;
    this.#now = now;
  }

  get capabilities(): KeyvStorageCapability {
    return keyvStorageCapability(this);
  }

  get #space(): string {
    return this.namespace ?? '';
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    return [...(await this.#table.get(this.#space, keys, this.#now()))];
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.getMany(keys)).map((value) => value !== undefined);
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    await this.setMany([{ key, value, ...(expires === undefined ? {} : { expires }) }]);
    return true;
  }

  async setMany<Value>(entries: KeyvStorageEntry<Value>[]): Promise<boolean[]> {
    const rows = entries.map(({ key, value, expires }) => ({
      key,
      value: asText(value),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    }));
    await this.#table.set(this.#space, rows);
    return rows.map(() => true);
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key]))[0] ?? false;
  }

  async deleteMany(keys: string[]): Promise<boolean[]> {
    return [...(await this.#table.delete(this.#space, keys, this.#now()))];
  }

  async clear(): Promise<void> {
    await this.#table.clear(this.#space);
  }

  async *iterator<Value>(): AsyncGenerator<Array<string | Awaited<Value> | undefined>, void> {
    let after: string | undefined;
    for (;;) {
      const page = await this.#table.page(this.#space, after, PAGE_ROWS, this.#now());
      for (const { key, value } of page) yield [key, value];
      if (page.length < PAGE_ROWS) return;
      after = page.at(-1)?.key;
    }
  }
}
