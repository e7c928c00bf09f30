import { onTestFinished } from 'vitest';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import { readControlToken } from '../../config/control-token.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { type RunningBot, type StartOptions, startBot } from '../../config/start-bot.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { LogFields } from '../../core/ports/logger.ts';
import { createListeningLogger } from './listening-logger.ts';
import { talkAt } from './talk-at.ts';
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
  /** Its database is closed and its lock free, as after the end of its process; nothing that it still does counts. */
  kill(): void;
}

export interface TrainingBotOptions
  extends Partial<Pick<StartOptions, 'fetch' | 'calendars' | 'telegramApiRoot'>> {
  readonly clock: SkippingClock;
}

let runs = 0;

/**
 * Random, but for what puts conversations into the arms of a trial: with these the one at the keyboard is answered by what is
 * promoted.
 */
export function steadyIds(clock: SkippingClock): Ids {
  const system = createSystemIds(clock);
  let isKeyDrawn = false;
  return {
    ...system,
    next(prefix) {
      if (prefix !== 'run') return system.next(prefix);
      runs += 1;
      return `run_${runs}`;
    },
    code(chars) {
      if (isKeyDrawn || chars !== keyChars) return system.code(chars);
      isKeyDrawn = true;
      return 'k'.repeat(chars);
    },
  };
}
const keyChars = 32;
const mostAsked = 200;
const settlingMs = 31_000;

export async function startTrainingBot(
  loaded: LoadedSettings,
  { clock, fetch = globalThis.fetch, ...others }: TrainingBotOptions,
): Promise<TrainingBot> {
  const logger = createListeningLogger();
  const running = await startBot({
    loaded,
    clock,
    ids: steadyIds(clock),
    logger,
    fetch,
    processId: process.pid,
    personName: 'ada',
    ...others,
  });
  let isKilled = false;
  // What stops without its database says so.
  onTestFinished(() =>
    running.stop().catch((error: unknown) => (isKilled ? undefined : Promise.reject(error))),
  );
  await running.launched;
  const session = await joinTerminal({
    address: running.address ?? '',
    token: readControlToken(loaded.homeFolder) ?? '',
    fetch: globalThis.fetch,
  });
  const says = talkAt(session, clock);

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
    kill() {
      isKilled = true;
      session.close();
      running.abandon();
    },
  };
}
