import { onTestFinished } from 'vitest';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import { readControlToken } from '../../config/control-token.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { LogFields, Logger } from '../../core/ports/logger.ts';
import type { SkippingClock } from './training-clock.ts';

/** A bot as `start` makes it, and a person at its keyboard. */
export interface TrainingBot {
  readonly running: RunningBot;
  /** What it says to a line. */
  says(line: string): Promise<string>;
  /** Resolves with the fields of the first log entry of an event since the last `logged` of it. */
  logged(event: string): Promise<LogFields>;
  /** What it says to a line that is said until it says this; between two times it is so many milliseconds later. */
  untilItSays(words: string, line: string, laterMs?: number): Promise<string>;
  /** It answers each request, and each answer is rated. */
  rates(requests: readonly string[], isGood: (request: string) => boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface TrainingBotOptions {
  readonly clock: SkippingClock;
  readonly fetch?: typeof globalThis.fetch;
}

/** Of this process, so that what a person says after a restart is another line. */
let inputs = 0;
let runs = 0;

/**
 * Random, but for what puts conversations into the arms of a trial: with these the one at the keyboard is answered by what is
 * promoted.
 */
function steadyIds(clock: SkippingClock): Ids {
  const system = createSystemIds(clock);
  return {
    ...system,
    next(prefix) {
      if (prefix !== 'run') return system.next(prefix);
      runs += 1;
      return `run_${runs}`;
    },
    code: (chars) => (chars === keyChars ? 'k'.repeat(chars) : system.code(chars)),
  };
}
const keyChars = 32;
const mostAsked = 200;
const settlingMs = 31_000;

interface Listening extends Logger {
  wait(event: string): Promise<LogFields>;
}

/** A logger that others can wait at. */
function listeningLogger(): Listening {
  const unread = new Map<string, LogFields[]>();
  const waiting = new Map<string, (fields: LogFields) => void>();
  function write(event: string, fields: LogFields = {}): void {
    const waiter = waiting.get(event);
    waiting.delete(event);
    if (waiter === undefined) unread.set(event, [...(unread.get(event) ?? []), fields]);
    else waiter(fields);
  }
  const logger: Listening = {
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

export async function startTrainingBot(
  loaded: LoadedSettings,
  { clock, fetch = globalThis.fetch }: TrainingBotOptions,
): Promise<TrainingBot> {
  const logger = listeningLogger();
  const running = await startBot({
    loaded,
    clock,
    ids: steadyIds(clock),
    logger,
    fetch,
    processId: process.pid,
    personName: 'ada',
  });
  onTestFinished(() => running.stop());
  await running.launched;
  const session = await joinTerminal({
    address: running.address ?? '',
    token: readControlToken(loaded.homeFolder) ?? '',
    fetch: globalThis.fetch,
  });
  async function says(text: string): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      const unwatch = session.watch((output) => {
        if (output.kind !== 'message' && output.kind !== 'close') return;
        unwatch();
        resolve(output.text);
      });
    });
    inputs += 1;
    const inputId = `in_${String(inputs).padStart(6, '0')}`;
    await session.submit({ kind: 'line', inputId, enteredAt: clock.now(), text });
    return answer;
  }

  return {
    running,
    says,
    logged: logger.wait,
    async untilItSays(words, line, laterMs = 0) {
      let said = '';
      for (let asked = 0; asked < mostAsked; asked += 1) {
        said = await says(line);
        if (said.includes(words)) return said;
        clock.skip(laterMs);
      }
      throw new Error(`It never said “${words}”, but at last: ${said}`);
    },
    async rates(requests, isGood) {
      for (const request of requests) {
        await says(request);
        await says(`/feedback ${isGood(request) ? 'good' : 'bad'}`);
      }
      // The rewards are settled at the next look.
      clock.skip(settlingMs);
    },
    async stop() {
      session.close();
      await running.stop();
    },
  };
}
