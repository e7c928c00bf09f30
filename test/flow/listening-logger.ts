import type { LogFields, Logger } from '../../core/ports/logger.ts';

/** A logger that others can wait at. */
export interface ListeningLogger extends Logger {
  /** Resolves with the fields of the first entry of an event since the last `wait` for it. */
  wait(event: string): Promise<LogFields>;
}

export function createListeningLogger(): ListeningLogger {
  const unread = new Map<string, LogFields[]>();
  const waiting = new Map<string, (fields: LogFields) => void>();
  function write(event: string, fields: LogFields = {}): void {
    const waiter = waiting.get(event);
    waiting.delete(event);
    if (waiter === undefined) unread.set(event, [...(unread.get(event) ?? []), fields]);
    else waiter(fields);
  }
  const logger: ListeningLogger = {
    debug: () => {},
    info: write,
    warn: write,
    error: write,
    child: () => logger,
    wait(event) {
      const [first, ...rest] = unread.get(event) ?? [];
      if (first !== undefined) {
        unread.set(event, rest);
        return Promise.resolve(first);
      }
      return new Promise((resolve) => waiting.set(event, resolve));
    },
  };
  return logger;
}
