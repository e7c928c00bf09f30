import { createHash } from 'node:crypto';
import type { PlatformPolicy } from '../../../core/feedback/content-door.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import type { LogFields, Logger } from '../../../core/ports/logger.ts';

/** Ids that come in the same order in each run of the same seed. */
export function createRunIds(seed: number): Ids {
  let count = 0;
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  return {
    next(prefix) {
      count += 1;
      return `${prefix}_${String(count).padStart(8, '0')}`;
    },
    code(chars) {
      count += 1;
      return digest(`code ${seed} ${count}`).slice(0, chars);
    },
    digest,
  };
}

/** A logger that keeps errors alone: where there is one the numbers are worth nothing. */
export interface ErrorLog extends Logger {
  readonly errors: readonly string[];
}

export function createErrorLog(): ErrorLog {
  const errors: string[] = [];
  const log: ErrorLog = {
    errors,
    debug() {},
    info() {},
    warn() {},
    error(event: string, fields: LogFields = {}) {
      const { error } = fields;
      errors.push(
        `${event}: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(fields)}`,
      );
    },
    child: () => log,
  };
  return log;
}

/** The stand-in platform's terms: everything is allowed. */
export const openTerms: PlatformPolicy = {
  terms: {
    judge: 'setting',
    evolve: 'setting',
    train_local: 'setting',
    train_hosted: 'setting',
    export: 'setting',
  },
  isOn: { judge: true, evolve: true, train_local: true, train_hosted: true, export: true },
};
