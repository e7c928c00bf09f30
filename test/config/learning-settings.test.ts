import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { composeLearning } from '../../config/compose-learning.ts';
import { contentPolicy, platformNames, platformTerms, settingOfUse } from '../../config/platform-terms.ts';
import { contentUses } from '../../core/domain/content-use.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import type { Turn } from '../../core/domain/turn.ts';
import { defaultBurstLimits } from '../../core/feedback/brigading.ts';
import { type DoorAnswer, mayUse } from '../../core/feedback/content-door.ts';
import { holdOutKey } from '../../core/feedback/hold-out.ts';
import { polarityOf } from '../../core/feedback/polarity.ts';
import { sampleTurn } from '../contract/store-samples.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

type Use = (typeof contentUses)[number];
const everything = {
  judge: platformNames,
  evolve: platformNames,
  trainLocal: platformNames,
  trainHosted: platformNames,
  export: platformNames,
};
const trainingUses: readonly Use[] = ['train_local', 'train_hosted', 'export'];

function ask(
  use: Use,
  platform: string,
  allowed: Parameters<typeof contentPolicy>[0],
  agreed = false,
): DoorAnswer {
  const provenance = { platform, authors: [personId(platform, 'ann')], skills: [] };
  return mayUse(use, provenance, contentPolicy(allowed), () => agreed);
}

describe('by default', () => {
  test.each(platformNames)(
    '%s: answers may be judged and skills made from failures, and nothing else',
    (platform) => {
      const { learning } = mustLoad().settings;
      const agreed = platform === 'api';
      for (const use of contentUses) {
        expect(ask(use, platform, learning, agreed).allowed, use).toBe(use === 'judge' || use === 'evolve');
      }
    },
  );

  test('the guard has its limits, the polarity table nothing of its own, and a tenth is held out', async () => {
    const { learning, feedback } = mustLoad().settings;
    const { ids } = rig();
    const composed = composeLearning({ learning, feedback }, 'key', ids);
    expect(composed.burstLimits).toEqual(defaultBurstLimits);
    expect(composed.quietTimes).toEqual({ skills: 600_000, weights: 86_400_000 });
    expect(composed.hasConsent(personId('telegram', '1'), 'export')).toBe(false);
    expect(learning.holdOutPercent).toBe(10);
    expect(feedback.polarity).toEqual({});
  });
});

describe('whatever the operator switches on', () => {
  test('Discord’s words never train and never leave, whoever agrees', () => {
    for (const use of trainingUses) {
      expect(ask(use, 'discord', everything, true)).toEqual({
        allowed: false,
        reason: 'terms',
        platform: 'discord',
      });
    }
    expect(ask('judge', 'discord', everything)).toEqual({ allowed: true });
  });

  test('Telegram’s only with each person’s own consent', () => {
    for (const use of trainingUses) {
      expect(ask(use, 'telegram', everything)).toMatchObject({ reason: 'no_consent' });
      expect(ask(use, 'telegram', everything, true)).toEqual({ allowed: true });
    }
  });

  test('of the proxy’s callers nothing is used without their consent', () => {
    for (const use of contentUses) {
      expect(ask(use, 'api', everything)).toEqual({ allowed: false, reason: 'no_consent', platform: 'api' });
      expect(ask(use, 'api', everything, true)).toEqual({ allowed: true });
      expect(ask(use, 'api', { ...everything, [settingOfUse[use]]: [] }, true)).toMatchObject({
        reason: 'operator_off',
      });
    }
  });

  test.each(['slack', 'web', 'terminal'])('%s: as the operator says', (platform) => {
    for (const use of contentUses) expect(ask(use, platform, everything)).toEqual({ allowed: true });
  });

  test('a prompt with a skill learned on Discord trains nothing', () => {
    const skills = [{ platforms: ['discord'], authors: [personId('discord', '1')] }];
    const provenance = { platform: 'slack', authors: [personId('slack', 'U1')], skills };
    for (const use of trainingUses) {
      expect(mayUse(use, provenance, contentPolicy(everything), () => true)).toMatchObject({
        reason: 'tainted_skill',
      });
    }
    expect(mayUse('evolve', provenance, contentPolicy(everything), () => true)).toEqual({ allowed: true });
  });

  test('every platform has a term for every use', () => {
    for (const platform of platformNames)
      expect(Object.keys(platformTerms[platform])).toEqual([...contentUses]);
  });
});

function rig() {
  const ids = createSequentialIds();
  const stores = openStores(openDatabase({ path: ':memory:', logger: createMemoryLogger() }));
  return { ids, stores };
}

test('whoever is asked for consent is asked for the judge and the writer of skills, too', () => {
  const { learning, feedback } = mustLoad().settings;
  const asked: (readonly [string, Use])[] = [];
  const composed = composeLearning({ learning, feedback }, 'key', rig().ids, (author, use) => {
    asked.push([author, use]);
    return author === 'api:ann' && use === 'judge';
  });
  const turn: Turn = { ...sampleTurn('t'), state: 'done', replyText: 'x', replyRefs: [] };
  const through: Turn = {
    ...turn,
    conversation: { ...turn.conversation, platform: 'api' },
    askerId: personId('api', 'ann'),
    promptAuthors: [],
  };
  expect(composed.mayJudge(through, [])).toEqual({ allowed: true });
  expect(composed.mayJudge(through, [personId('api', 'bob')])).toMatchObject({ reason: 'no_consent' });
  expect(composed.mayEvolve(through, [])).toMatchObject({ reason: 'no_consent' });
  expect(asked).toContainEqual(['api:ann', 'evolve']);
  expect(composed.hasConsent(personId('api', 'ann'), 'judge')).toBe(true);
  // Where nobody is asked nobody has agreed.
  expect(composeLearning({ learning, feedback }, 'key', rig().ids).mayJudge(through, [])).toMatchObject({
    reason: 'no_consent',
  });
});

describe('settings', () => {
  test('the polarity table is a map, from the file and from the environment', () => {
    const { settings, origins } = mustLoad({
      yaml: "feedback:\n  polarity:\n    '🚀': 1\n    ':shipit:': 0.5\n",
      variables: { METACLAW_FEEDBACK_POLARITY: '👀=0.25, :shipit:=-1' },
    });
    expect(settings.feedback.polarity).toEqual({ '🚀': 1, ':shipit:': -1, '👀': 0.25 });
    expect(origins.get('feedback.polarity')).toBe('environment');
  });

  test.each([
    ["'thumbsup': 1", /expects an emoji, or the name of a custom one between colons/],
    ["'🚀': 2", /must be at most 1, not 2/],
    ["'🚀': 'good'", /expects a number, not text/],
  ])('a wrong entry is told with its place: %s', (entry, message) => {
    const [problem, ...others] = mustFail({ yaml: `feedback:\n  polarity:\n    ${entry}\n` });
    expect(others).toEqual([]);
    expect(problem?.path).toMatch(/^feedback\.polarity\./);
    expect(problem?.where).toMatch(/^metaclaw\.yaml:3:\d+$/);
    expect(problem?.message).toMatch(message);
  });

  test('a map in the environment that is none is refused', () => {
    const [problem] = mustFail({ variables: { METACLAW_FEEDBACK_POLARITY: 'rocket' } });
    expect(problem).toMatchObject({ path: 'feedback.polarity' });
  });

  test.each(['trainLocal', 'trainHosted', 'export'])(
    'learning.%s with Discord is refused, with the reason',
    (name) => {
      const problems = mustFail({ yaml: `learning:\n  ${name}: [slack, discord]\n` });
      expect(problems).toEqual([
        {
          path: `learning.${name}`,
          where: expect.stringMatching(/^metaclaw\.yaml:2:\d+$/),
          message: 'names discord, whose terms forbid this use of what people write there. Take discord out.',
        },
      ]);
    },
  );

  test('an unknown platform and a guard that could never speak are refused', () => {
    expect(mustFail({ yaml: 'learning:\n  judge: [msn]\n' })[0]?.message).toContain('must be one of slack');
    expect(mustFail({ yaml: 'feedback:\n  burstSuspects: 5\n' })[0]).toMatchObject({
      path: 'feedback.burstSuspects',
    });
  });

  test('arrive where they are used', async () => {
    const { settings } = mustLoad({
      yaml: "feedback:\n  polarity: {'🚀': 1}\n  burstVotes: 6\n  burstSuspects: 5\n  burstMinutes: 2\nlearning:\n  holdOutPercent: 50\n  judge: [web]\n",
    });
    const { ids, stores } = rig();
    const composed = composeLearning(settings, await holdOutKey(stores.settings, ids), ids);
    expect(composed.burstLimits).toEqual({
      ...defaultBurstLimits,
      windowMs: 120_000,
      minVotes: 6,
      minSuspicious: 5,
    });
    expect(polarityOf({ kind: 'reaction', name: '🚀' }, composed.polarity)).toBe(1);
    const turn: Turn = { ...sampleTurn('t'), state: 'done', replyText: 'x', replyRefs: [] };
    expect(composed.mayJudge(turn, [])).toEqual({ allowed: true });
    const elsewhere = { ...turn, conversation: { ...turn.conversation, platform: 'slack' } };
    expect(composed.mayJudge(elsewhere, [])).toMatchObject({ reason: 'operator_off' });
    // Whoever wrote the next message counts too.
    expect(composed.mayJudge(turn, [personId('slack', 'U1')])).toMatchObject({ reason: 'operator_off' });
    const keys = Array.from({ length: 400 }, (_, index) =>
      encodeConversationKey({
        platform: 'web',
        spaceId: spaceId('web', 's'),
        audience: 'direct',
        channelId: `c${index}`,
      }),
    );
    const out = keys.filter(composed.isHoldOut);
    expect(out.length).toBeGreaterThan(150);
    expect(out.length).toBeLessThan(250);
    // The key is kept: after a restart the same ones are out.
    const later = createSequentialIds('later');
    const again = composeLearning(settings, await holdOutKey(stores.settings, later), later);
    expect(keys.filter(again.isHoldOut)).toEqual(out);
  });
});
