import pino from 'pino';
import type { Clock } from '../../core/ports/clock.ts';
import type { LogFields, Logger } from '../../core/ports/logger.ts';
import { cleanFields } from './log-fields.ts';
import { formatLogLine } from './log-line.ts';
import { createRedactor } from './redact.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Lines for people instead of JSON. */
  readonly plain: boolean;
  /** Values that must not appear in any line, whatever they stand in. */
  readonly secrets: readonly string[];
  readonly destination: { write(line: string): unknown };
  readonly clock: Pick<Clock, 'now'>;
}

/** Structured logs on pino: one line an event, `{level, time, event, …fields}`. Never throws. */
export function createLogger(options: LoggerOptions): Logger {
  const redact = createRedactor(options.secrets);
  const { destination, clock } = options;
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        destination.write(options.plain ? formatLogLine(line) : line);
      },
    },
  );
  const make = (bound: LogFields): Logger => {
    const write =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (event: string, fields: LogFields = {}): void => {
        if (!root.isLevelEnabled(level)) return;
        root[level](cleanFields({ ...bound, ...fields }, redact), redact(event));
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}
