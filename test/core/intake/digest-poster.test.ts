import { describe, expect, test } from 'vitest';
import { spaceId } from '../../../core/domain/ids.ts';
import { createDigestPoster, WEEK_MS } from '../../../core/intake/digest-poster.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const place = {
  platform: 'fake',
  spaceId: spaceId('fake', 'team'),
  audience: 'group',
  channelId: 'news',
} as const;
const monday = Date.UTC(2026, 10, 30, 9);

function rig(options: { readonly isReachable?: () => boolean } = {}) {
  const clock = createFakeClock(monday - 3 * 86_400_000);
  const settings = new Map<string, unknown>();
  const posted: string[] = [];
  const poster = createDigestPoster({
    policies: { placesOf: async () => [place] },
    settings: {
      get: async (scope, key) => settings.get(`${scope} ${key}`),
      set: async (scope, key, value) => void settings.set(`${scope} ${key}`, value),
    },
    digest: async (space, from, to) =>
      `${space} ${new Date(from).toISOString()} ${new Date(to).toISOString()}`,
    post: async (target, markdown) => {
      if (options.isReachable?.() === false) return false;
      posted.push(`${target.channelId}: ${markdown}`);
      return true;
    },
    weekday: 'monday',
    hour: 9,
    clock,
    logger: createMemoryLogger(),
  });
  return { clock, posted, poster };
}

describe('the weekly digest', () => {
  test('comes once, at its hour, about the week before it', async () => {
    const { clock, posted, poster } = rig();
    await poster.run();
    expect(posted).toEqual([]);
    await clock.advance(3 * 86_400_000);
    await poster.run();
    await poster.run();
    expect(posted).toEqual(['news: fake:team 2026-11-23T09:00:00.000Z 2026-11-30T09:00:00.000Z']);
    await clock.advance(WEEK_MS);
    await poster.run();
    expect(posted).toHaveLength(2);
  });

  test('is tried again where it could not be posted', async () => {
    let isReachable = false;
    const { clock, posted, poster } = rig({ isReachable: () => isReachable });
    await poster.run();
    await clock.advance(3 * 86_400_000);
    await poster.run();
    expect(posted).toEqual([]);
    isReachable = true;
    await poster.run();
    await poster.run();
    expect(posted).toHaveLength(1);
  });

  test('goes on by itself between start and stop', async () => {
    const { clock, posted, poster } = rig();
    poster.start();
    for (let step = 0; step < 9; step += 1) await clock.advance(10 * 60 * 60_000);
    expect(posted).toHaveLength(1);
    await poster.stop();
    await clock.advance(2 * WEEK_MS);
    expect(posted).toHaveLength(1);
  });
});
