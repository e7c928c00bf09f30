import type { ConversationAddress } from '../domain/conversation.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SettingsStore } from '../ports/settings-store.ts';
import type { SpacePolicies } from '../skills/space-policy.ts';
import { lastWeekly, type Weekday } from '../skills/weekly.ts';

export interface DigestPosterDeps {
  readonly policies: Pick<SpacePolicies, 'placesOf'>;
  readonly settings: Pick<SettingsStore, 'get' | 'set'>;
  /** What happened in a space between two instants (epoch ms), Markdown. */
  readonly digest: (spaceId: SpaceId, from: number, to: number) => Promise<string>;
  /** Says it there; false where the platform is not running or did not take it. */
  readonly post: (target: ConversationAddress, markdown: string) => Promise<boolean>;
  readonly weekday: Weekday;
  /** By UTC. */
  readonly hour: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends each space that asked for one its digest once a week; one that fell due while the bot was down comes at its next start. */
export interface DigestPoster {
  start(): void;
  stop(): Promise<void>;
  /** Sends what is due now. Never rejects. */
  run(): Promise<void>;
}

const lookEveryMs = 10 * 60_000;
export const WEEK_MS = 7 * 24 * 60 * 60_000;
const sentScope = 'digest-sent';

export function createDigestPoster(deps: DigestPosterDeps): DigestPoster {
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = true;

  async function postTo(place: ConversationAddress, due: number): Promise<void> {
    const sent = await deps.settings.get(sentScope, place.spaceId);
    if (sent === undefined) {
      // The week in which a space asks for it is not over.
      await deps.settings.set(sentScope, place.spaceId, due);
      return;
    }
    if (typeof sent === 'number' && sent >= due) return;
    const markdown = await deps.digest(place.spaceId, due - WEEK_MS, due);
    // Before the message: after a crash between them a week is left out, and not said twice.
    await deps.settings.set(sentScope, place.spaceId, due);
    if (!(await deps.post(place, markdown))) {
      deps.logger.warn('digest_not_posted', { spaceId: place.spaceId });
      await deps.settings.set(sentScope, place.spaceId, sent);
    }
  }

  async function run(): Promise<void> {
    try {
      const due = lastWeekly(deps.clock.now(), deps.weekday, deps.hour);
      for (const place of await deps.policies.placesOf('digest')) await postTo(place, due);
    } catch (error) {
      deps.logger.error('digest_failed', { error });
    }
  }

  function arm(delayMs: number): void {
    timer = deps.clock.after(delayMs, () => {
      running = run().then(() => {
        if (!isStopped) arm(lookEveryMs);
      });
    });
  }

  return {
    run,
    start() {
      if (!isStopped) return;
      isStopped = false;
      arm(lookEveryMs / 10);
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
