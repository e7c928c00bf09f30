/** Durable settings of a space, person or conversation, by scope and key; values are JSON. Durability and errors as in `InboxStore`. */
export interface SettingsStore {
  get(scope: string, key: string): Promise<unknown>;
  set(scope: string, key: string, value: unknown): Promise<void>;
  delete(scope: string, key: string): Promise<boolean>;
  /** Every key and value of a scope. */
  list(scope: string): Promise<Readonly<Record<string, unknown>>>;
}
