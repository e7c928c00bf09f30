import { describe, expect, test } from 'vitest';
import type { TrainNow } from '../../../core/commands/train-tools.ts';
import { money } from '../../../core/commands/train-words.ts';
import { conversation, type FakeWorld, fakeWorld } from './command-fixtures.ts';
import { elsewhere, type FakeTrainToolsOptions, policy, readyReport, run } from './fake-train-tools.ts';
import { told } from './told.ts';

const maintainer = { role: 'maintainer' } as const;
const everywhere = { kind: 'everywhere' } as const;
const free = {
  kind: 'ready',
  samples: 24,
  steps: 1,
  methods: ['wording'],
  estimate: { calls: 3, tokens: 0, micros: 0 },
} as const;

interface Said {
  readonly text: string;
  readonly calls: FakeWorld['calls'];
}

async function say(
  line: string,
  training: FakeTrainToolsOptions,
  changes: object = maintainer,
): Promise<Said> {
  const world = fakeWorld({ training });
  return { text: await told(line, world, changes), calls: world.calls };
}

describe('train now', () => {
  test('what costs money is told first, and done when it is confirmed', async () => {
    const asked = await say('train now', {});
    expect(asked.calls).toEqual([]);
    expect(asked.text).toBe(
      'This trains on 128 rated answers in 4 steps, by KTO (single answers). It should cost 0.50 USD, for 12 calls and 50,000 tokens. To do it: /train now confirm',
    );
    const confirmed = await say('train now confirm', {});
    expect(confirmed.calls).toEqual([`now ${conversation.spaceId} by fake:ada`]);
    expect(confirmed.text).toContain('Run 9 has begun, with 128 rated answers.');
    expect((await say('train now please', {})).calls).toEqual([]);
  });

  test('what costs nothing begins at once', async () => {
    const { text, calls } = await say('train now', { report: { outlook: free } });
    expect(calls).toHaveLength(1);
    expect(text).toContain('/train show 9');
  });

  test('a run without steps does not speak of them', async () => {
    const outlook = { ...free, steps: 0, estimate: { ...free.estimate, micros: 20_000 } };
    const { text } = await say('train now', { report: { outlook } });
    expect(text).toContain('This trains on 24 rated answers, by a search for better words. It should cost');
  });

  test('what does not fit under the cap is told', async () => {
    const over = await say('train now', { report: { spentMicros: 4_800_000 } });
    expect(over.text).toContain('more than the cap leaves, 0.20 USD: it does not begin this month.');
    const spent = await say('train now', { report: { spentMicros: 6_000_000 } });
    expect(spent.text).toContain('more than the cap leaves, nothing');
    expect((await say('train now', { report: { spentMicros: 4_500_000 } })).text).not.toContain('cap');
  });

  test('a paused run goes on; what is left of it is told first where it costs', async () => {
    const paused = run(5, { state: 'paused', spend: { calls: 1, tokens: 1, micros: 200_000 } });
    const asked = await say('train now', { report: { current: paused } });
    expect(asked.text).toContain('goes on with run 5. What is left of it should cost 0.30 USD.');
    expect(asked.calls).toEqual([]);
    const resumed: TrainNow = { kind: 'resumed', run: paused };
    const confirmed = await say('train now confirm', { report: { current: paused }, now: resumed });
    expect(confirmed.text).toContain('Run 5 goes on.');
    const through = { ...paused, spend: { calls: 9, tokens: 9, micros: 600_000 } };
    expect((await say('train now', { report: { current: through }, now: resumed })).calls).toHaveLength(1);
  });

  test('a run that is about to pause, as somebody has just spoken, goes on', async () => {
    const current = run(5, { state: 'running' });
    const { text, calls } = await say('train now confirm', {
      report: { current, closedBecause: 'somebody was here a moment ago' },
      now: { kind: 'resumed', run: current },
    });
    expect(text).toContain('Run 5 goes on.');
    expect(calls).toHaveLength(1);
  });

  test('a run under way, and one that cannot begin, are told and nothing is asked for', async () => {
    const under = await say('train now confirm', { report: { current: run(5, { state: 'running' }) } });
    expect(under.text).toContain('Run 5 is under way already.');
    const outlook = {
      ...{
        kind: 'not_ready',
        reason: 'too_few_people',
        samples: 200,
        positives: 100,
        negatives: 100,
        people: 1,
      },
      kind: 'not_ready',
      needed: { samples: 128, eachSign: 24, people: 5 },
    } as const;
    const early = await say('train now confirm', { report: { outlook } });
    expect(early.text).toContain('No run can begin: too few people have rated.');
    expect([...under.calls, ...early.calls]).toEqual([]);
  });

  test('that nothing has begun after all is told with the reason', async () => {
    const { text } = await say('train now confirm', { now: { kind: 'nothing', reason: 'budget_spent' } });
    expect(text).toBe('No run has begun: the budget for training is spent.');
  });
});

describe('train pause and resume', () => {
  test('say what they did, or that it was so', async () => {
    const paused = await say('train pause', {});
    expect(paused.calls).toEqual([`pause ${conversation.spaceId} by fake:ada`]);
    expect(paused.text).toContain('Training is paused: the step in flight ends');
    expect((await say('train pause', { isPaused: true })).text).toContain('paused as it is');
    const resumed = await say('train resume', { isPaused: true });
    expect(resumed.calls).toEqual([`resume ${conversation.spaceId} by fake:ada`]);
    expect(resumed.text).toContain('Training may go on');
    expect((await say('train resume', {})).text).toBe('Training is not paused by anybody.');
  });
});

describe('train cancel', () => {
  const current = run(5, { state: 'running' });

  test('takes a confirmation that says what becomes of answers and money', async () => {
    const asked = await say('train cancel', { report: { current } });
    expect(asked.calls).toEqual([]);
    expect(asked.text).toBe(
      'This ends run 5 for good and makes no policy of it. Its 128 rated answers are free for a later run. The 0.42 USD that it cost stay spent. To do it: /train cancel confirm',
    );
    const done = await say('train cancel confirm', { report: { current }, cancelled: current });
    expect(done.calls).toEqual([`cancel ${conversation.spaceId} by fake:ada`]);
    expect(done.text).toBe('Run 5 is cancelled. Its rated answers are free for a later run.');
  });

  test('without a run, or where it ended meanwhile, it says so', async () => {
    const none = await say('train cancel confirm', {});
    expect(none).toEqual({ text: 'No run is at hand.', calls: [] });
    const late = await say('train cancel confirm', { report: { current } });
    expect(late.text).toContain('Run 5 ended by itself meanwhile.');
  });
});

describe('whose run it is', () => {
  const lines = ['train now confirm', 'train cancel confirm'];

  test.each(lines)('%s: not that of another place', async (line) => {
    const report = { current: run(5, { state: 'paused', scope: elsewhere }) };
    const refused = await say(line, { report });
    expect(refused.text).toContain('belongs to another place');
    expect(refused.calls).toEqual([]);
    expect((await say(line, { report, cancelled: run(5) }, { role: 'operator' })).calls).toHaveLength(1);
  });

  test.each(lines)('%s: what is for everybody everywhere is the operator’s', async (line) => {
    const report = { current: run(5, { state: 'paused', scope: everywhere }) };
    const refused = await say(line, { report });
    expect(refused.text).toContain('only the operator');
    expect(refused.calls).toEqual([]);
  });

  test.each([
    ['train pause', elsewhere],
    ['train pause', everywhere],
    ['train resume', elsewhere],
    ['train resume', everywhere],
  ])('%s: of the own place also while a run of another scope is at hand', async (line, scope) => {
    const report = { current: run(5, { state: 'running', scope }) };
    const { text, calls } = await say(line, { report, isPaused: line === 'train resume' });
    expect(text).toContain(line === 'train pause' ? 'Training is paused' : 'Training may go on');
    expect(calls).toEqual([`${line.slice('train '.length)} ${conversation.spaceId} by fake:ada`]);
  });

  test.each(['train now confirm', 'train pause', 'train resume'])(
    '%s: where training is for everybody everywhere only the operator may',
    async (line) => {
      const report = { ...readyReport, scope: everywhere };
      const refused = await say(line, { report });
      expect(refused.text).toContain('only the operator');
      expect(refused.calls).toEqual([]);
      expect((await say(line, { report }, { role: 'operator' })).calls).toHaveLength(1);
    },
  );

  test('train cancel: of the own place also where the next run would be for everybody everywhere', async () => {
    const current = run(5, { state: 'running' });
    const training = { report: { scope: everywhere, current }, cancelled: current };
    expect((await say('train cancel confirm', training)).calls).toHaveLength(1);
  });
});

test.each(['train pause', 'train resume', 'train cancel confirm', 'policy rollback 3 confirm'])(
  '%s does not look at all that waits',
  async (line) => {
    const serving = policy(3, { state: 'serving' });
    const current = run(5, { state: 'running' });
    const world = fakeWorld({
      training: { report: { serving, current }, cancelled: current, rolledBack: serving },
    });
    const { training } = world.deps;
    if (training === undefined) throw new Error('no tools');
    const report = async (): Promise<never> => {
      throw new Error('nobody asks for this');
    };
    await told(line, { ...world, deps: { ...world.deps, training: { ...training, report } } }, maintainer);
    expect(world.calls).toHaveLength(1);
  },
);

test.each([
  [0, 'nothing'],
  [-5, 'nothing'],
  [1, 'less than 0.0001 USD'],
  [99, 'less than 0.0001 USD'],
  [4_200, '0.0042 USD'],
  [500_000, '0.50 USD'],
  [1_250_000, '1.25 USD'],
  [1_234_567_891, '1,234.57 USD'],
])('%i millionths are %s', (micros, words) => {
  expect(money(micros, 'USD')).toBe(words);
});
