import { describe, expect, test } from 'vitest';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import { commandName, commandUsage } from '../../../core/commands/command-spec.ts';
import type { StatusReport } from '../../../core/commands/context.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import { storedNames } from '../../../core/commands/stored-names.ts';
import type { SpaceId } from '../../../core/domain/ids.ts';
import { conversation, fakeWorld, invocation, wellStatus } from './command-fixtures.ts';
import { elsewhere, policy, readyReport, run, shown, step } from './fake-train-tools.ts';
import { proposal } from './proposal-fixture.ts';
import { told } from './told.ts';

const commands = commandCatalogue.filter(({ path }) => path[0] === 'train' || path[0] === 'policy');

describe('who may do what', () => {
  test('everybody may read; what changes something is for maintainers, and no restart drops it', () => {
    const open = commands.filter(({ role }) => role === 'person').map(commandName);
    expect(open).toEqual(['train status', 'train history', 'train show', 'policy list', 'policy show']);
    const others = commands.filter(({ role }) => role !== 'person');
    expect(others.map(commandName)).toEqual([
      'train now',
      'train pause',
      'train resume',
      'train cancel',
      'policy promote',
      'policy rollback',
      'policy pin',
    ]);
    for (const { role, lane, answer } of others)
      expect([role, lane, answer]).toEqual(['maintainer', 'record', 'private']);
  });

  test.each(commands.filter(({ role }) => role === 'maintainer').map(commandName))(
    '%s does nothing for other people',
    async (name) => {
      const world = fakeWorld({ training: { policies: [policy(1)], report: { current: run(1) } } });
      const text = await told(`${name} 1 confirm`, world);
      expect(text).toContain('is only for the people who run me here');
      expect(world.calls).toEqual([]);
    },
  );

  test.each(
    commands.map((spec) =>
      commandUsage(spec)
        .replace(/<\w+>/, '1')
        .replaceAll(/ \[\w+\]/g, ''),
    ),
  )('%s says what to set where nothing can train', async (line) => {
    const text = await told(line, fakeWorld(), { role: 'operator' });
    expect(text).toContain('The operator can set a training engine (engine.profile)');
  });

  test('a `policy` is not the `skill policy`, and both are there', async () => {
    const world = fakeWorld({ training: {} });
    expect(await told('policy list', world)).toContain('The configured model answers');
    expect(await told('skill policy', world, { role: 'maintainer' })).toContain('review');
    expect(await told('train', world)).toContain('After “train” comes one of these:');
  });
});

describe('train status', () => {
  const asMaintainer = async (training: Parameters<typeof fakeWorld>[0]): Promise<string> =>
    told('train status', fakeWorld(training), { role: 'maintainer' });

  test('a run that can begin, what serves, what is on, what it costs', async () => {
    const serving = policy(3, { state: 'serving', version: 2, isPinned: true });
    expect(await asMaintainer({ training: { report: { serving } } })).toBe(
      [
        '**Now**',
        '- Policy 3 answers (version 2, trained weights of Qwen/Qwen3-8B; serving, pinned for 2 days)',
        '- No run is at hand',
        '',
        '**The next run**, for everybody here',
        '- It can begin: 128 rated answers in 4 steps',
        '- By KTO (single answers)',
        '- Estimated cost: 0.50 USD, for 12 calls and 50,000 tokens',
        '',
        '**What is on**',
        '- Weights: trained by the training engine',
        '- Wording: better words for persona and skills are searched',
        '',
        '**Cost**',
        '- Spent this month: 1.25 USD of at most 5.00 USD',
      ].join('\n'),
    );
  });

  test('money is for maintainers', async () => {
    const text = await told('train status', fakeWorld({ training: {} }));
    expect(text).toContain('128 rated answers in 4 steps');
    expect(text).not.toMatch(/USD|[Cc]ost|cap/);
  });

  test('what is missing, in words, and only what is', async () => {
    const outlook = {
      kind: 'not_ready',
      reason: 'too_few_samples',
      samples: 90,
      positives: 80,
      negatives: 10,
      people: 4,
      needed: { samples: 128, eachSign: 24, people: 5 },
    } as const;
    const text = await asMaintainer({ training: { report: { outlook } } });
    expect(text).toContain('- It cannot begin yet: too few rated answers wait');
    expect(text).toContain('- Waiting: 90 rated answers, 80 good and 10 bad, from 4 people');
    expect(text).toContain('- Still missing: 38 rated answers, 14 bad ones and 1 person who rates');
    const enough = { ...outlook, samples: 200, negatives: 120, people: 9 };
    expect(await asMaintainer({ training: { report: { outlook: enough } } })).not.toContain('missing');
  });

  test.each([
    ['weights_off', 'training of weights is switched off'],
    ['no_engine', 'no engine and no provider is set'],
  ])('%s: where nothing could train no more answers are asked for', async (reason, words) => {
    const outlook = {
      kind: 'not_ready',
      reason,
      samples: 112,
      positives: 100,
      negatives: 12,
      people: 1,
      needed: { samples: 128, eachSign: 24, people: 5 },
    } as const;
    const off = await asMaintainer({ training: { report: { outlook, weights: 'off', wording: false } } });
    expect(off).toContain(words);
    expect(off).not.toMatch(/missing|Waiting/);
    expect(off).toContain('- Weights: not trained, the operator has it off');
    expect(off).toContain('- Wording: not searched (training.wording, evolver.model)');
  });

  test('a run at hand: how far it is and why it waits', async () => {
    const current = run(5, { state: 'paused', reason: 'window_closed' });
    const steps = [step(1), step(2, { state: 'skipped' }), step(3, { state: 'begun' })];
    const text = await asMaintainer({
      training: {
        report: { current, isPausedByPerson: true, closedBecause: 'somebody wrote 2 minutes ago' },
        runs: [shown(current, { steps })],
      },
    });
    expect(text).toContain(
      '- Run 5 is paused, as somebody needs the bot: 2 of 4 steps ended, begun 5 hours ago',
    );
    expect(text).toContain('- A person paused training. It goes on with /train resume');
    expect(text).toContain('- No run goes on right now: somebody wrote 2 minutes ago');
  });

  test('when the next window is expected, where that is known', async () => {
    const closedBecause = 'somebody wrote a moment ago';
    const nextWindow = 'today 23:00 (in 14 hours)';
    const text = await asMaintainer({ training: { report: { closedBecause, nextWindow } } });
    expect(text).toContain(
      [
        '- No run is at hand',
        '- No run goes on right now: somebody wrote a moment ago',
        '- The next window is expected today 23:00 (in 14 hours)',
      ].join('\n'),
    );
    expect(await asMaintainer({ training: { report: { closedBecause } } })).not.toContain('next window');
  });

  test('of a run of another place nothing is told but that it is there', async () => {
    const text = await asMaintainer({ training: { report: { current: run(77, { scope: elsewhere }) } } });
    expect(text).toContain('A run of another place is at hand');
    expect(text).not.toContain('77');
  });

  test('a run without steps, as a search for words, does not speak of them', async () => {
    const current = run(5, { kind: 'wording', state: 'running', plan: { ...run(5).plan, steps: 0 } });
    const outlook = {
      kind: 'ready',
      samples: 24,
      steps: 0,
      methods: ['wording'],
      estimate: { calls: 3, tokens: 0, micros: 0 },
    } as const;
    const text = await asMaintainer({
      training: { report: { current, outlook }, runs: [shown(current)] },
    });
    expect(text).toContain('- Run 5 is under way, begun 5 hours ago\n');
    expect(text).toContain('- It can begin: 24 rated answers\n');
  });

  test('no cap, free runs, and other texts than ours stay text', async () => {
    const { capMicros: _, ...report } = readyReport;
    const world = fakeWorld({ training: { report: { closedBecause: '**x** `y`', spentMicros: 0 } } });
    const tools = world.deps.training;
    if (tools === undefined) throw new Error('no tools');
    const deps = {
      ...world.deps,
      training: { ...tools, report: async () => ({ ...report, closedBecause: '**x**' }) },
    };
    const { markdown } = await runCommand(invocation('train status', { role: 'maintainer' }), deps);
    expect(markdown).toContain('1.25 USD, without a cap');
    expect(markdown).toContain('\\*\\*x\\*\\*');
  });
});

describe('status', () => {
  test('says what answers and what is trained, and what is wrong with it', async () => {
    const training = {
      serving: 'policy 3',
      run: 'run 5, step 2 of 8',
      problem: 'The *engine* does not answer',
    };
    const { markdown } = await runCommand(
      invocation('status'),
      fakeWorld({ status: { ...wellStatus, training } }).deps,
    );
    expect(markdown).toContain('- Answers come from policy 3');
    expect(markdown).toContain('- Training: run 5\\, step 2 of 8');
    expect(markdown.split('\n').slice(0, 2)).toEqual(['**1 problem**', '- The \\*engine\\* does not answer']);
  });

  test('is asked for as it concerns the space: of a run of another place it tells that alone', async () => {
    const { deps } = fakeWorld();
    const report = async (space: SpaceId): Promise<StatusReport> => ({
      ...wellStatus,
      training: { run: space === conversation.spaceId ? 'a run of another place' : 'run 5' },
    });
    const { markdown } = await runCommand(invocation('status'), { ...deps, status: { report } });
    expect(markdown).toContain('- Training: a run of another place');
  });

  test('without a policy or a run it says so, and without training nothing', async () => {
    const idle = await told('status', fakeWorld({ status: { ...wellStatus, training: {} } }));
    expect(idle).toContain('Answers come from the model as it is configured');
    expect(idle).not.toContain('Training:');
    expect(idle).toContain('All is well');
    expect(await told('status', fakeWorld())).not.toContain('Answers come from');
  });
});

test('completion looks runs, policies and drafts up, of this place', async () => {
  const world = fakeWorld({
    tools: { proposals: [proposal({ number: 4 })] },
    training: {
      runs: [shown(run(2, { state: 'skipped', reason: 'low_ess' })), shown(run(1, { scope: elsewhere }))],
      policies: [policy(3, { isPinned: true }), policy(2, { scope: elsewhere })],
    },
  });
  const { spaceId } = conversation;
  expect(await storedNames('runs', spaceId, world.deps)).toEqual([
    {
      name: '2',
      description: 'weights, came to nothing: the answers are too far from the policy of now to learn from',
    },
  ]);
  expect(await storedNames('policies', spaceId, world.deps)).toEqual([
    { name: '3', description: 'trained weights, candidate, answers nobody at present, pinned' },
  ]);
  expect((await storedNames('drafts', spaceId, world.deps)).map(({ name }) => name.split('.')[0])).toEqual([
    '4',
  ]);
  expect(await storedNames('runs', spaceId, fakeWorld().deps)).toEqual([]);
});
