import type { LogFields, Logger } from '../../../core/ports/logger.ts';

export interface LoggedEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

/** A logger that keeps what it was told. Children write into the same list with their fields joined in. */
export interface MemoryLogger extends Logger {
  readonly entries: readonly LoggedEntry[];
  /** The entries of one event. */
  of(event: string): readonly LoggedEntry[];
}

export function createMemoryLogger(): MemoryLogger {
  const entries: LoggedEntry[] = [];
  const make = (bound: LogFields): MemoryLogger => {
    const write =
      (level: LoggedEntry['level']) =>
      (event: string, fields: LogFields = {}): void => {
        entries.push({ level, event, fields: { ...bound, ...fields } });
      };
    return {
      entries,
      of: (event) => entries.filter((entry) => entry.event === event),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}
