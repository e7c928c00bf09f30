import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../core/commands/run-command.ts';
import { runTable } from '../../../core/commands/train-chart.ts';
import { personId } from '../../../core/domain/ids.ts';
import { policyId } from '../../../core/domain/policy.ts';
import type { RunChart } from '../../../core/domain/run-chart.ts';
import type { RunStep } from '../../../core/domain/training-run.ts';
import { fakeWorld, invocation } from './command-fixtures.ts';
import { elsewhere, policy, run, samples, shown, step } from './fake-train-tools.ts';
import { told } from './told.ts';

const maintainer = { role: 'maintainer' } as const;
const { capabilities } = invocation('');
const withoutPictures = { capabilities: { ...capabilities, canShowImages: false } };

describe('train history', () => {
  test('a line for each run, with why it ended and what it made; of this place alone', async () => {
    const runs = [
      run(4, { state: 'running' }),
      run(3, { candidateId: policyId('policy_2') }),
      run(2, { kind: 'wording', state: 'skipped', reason: 'nothing_better' }),
      run(1, { scope: elsewhere }),
    ].map((known) => shown(known));
    const world = fakeWorld({ training: { runs, policies: [policy(2)] } });
    expect(await told('train history', world)).toBe(
      [
        '**Runs**, the latest first',
        '',
        '- **Run 4**, 5 hours ago, weights: under way',
        '- **Run 3**, 5 hours ago, weights: done, made policy 2',
        '- **Run 2**, 5 hours ago, wording: came to nothing: no other words did better',
        '',
        'One in full: /train show <run>',
      ].join('\n'),
    );
  });

  test('without any it says so', async () => {
    expect(await told('train runs', fakeWorld({ training: {} }))).toContain('Nothing was trained here yet.');
  });
});

describe('train show', () => {
  const whole = shown(
    run(5, {
      methods: ['kto', 'hindsight'],
      parentId: policyId('policy_1'),
      askedBy: personId('fake', 'zora'),
      plan: { ...run(5).plan, leftOut: { too_stale: 3, person_share: 12, unusable: 0 } },
    }),
    {
      samples: [
        ...samples('trained', 96),
        ...samples('left_out', 2, 'changed'),
        ...samples('left_out', 30, 'too_few_left'),
      ],
      steps: [
        step(1),
        step(2, { state: 'skipped', reason: 'low_ess', metrics: { ess: 0.2 } }),
        step(3),
        step(4),
      ],
      candidate: policy(7, {
        state: 'canary',
        reason: 'it won its replay',
        evidence: { replay: { wins: 40, ties: 9, losses: 12, better: 25, worse: 0.1, leftOut: {} } },
      }),
    },
  );
  const world = () => fakeWorld({ training: { runs: [whole], policies: [policy(7), policy(1)] } });

  test('everything of it, in words', async () => {
    expect(await told('train show 5', world(), maintainer)).toBe(
      [
        '**Run 5**: done',
        '- Trains weights for everybody here, by KTO (single answers) and hindsight (what people said was wrong)',
        '- From policy 1, under generation 7 of the skills',
        '- Begun 5 hours ago, as a person asked, took 3 hours',
        '',
        '**Rated answers**',
        '- Planned: 128, 100 good and 28 bad, from 7 people',
        '- Of these 96 trained on and 32 left out on the way',
        '- Left out on the way',
        '  - 30: too few answers were left in the step',
        '  - 2: something was said of the answer, or the skills have changed, since the run was planned',
        '- Not taken from the start',
        '  - 12: its person has more than their part of the batch already',
        '  - 3: it was written by a policy too long ago',
        '',
        '**Steps**',
        '- 3 of 4 done and 1 skipped',
        '- Step 2 was skipped: the answers are too far from the policy of now to learn from',
        '',
        '**Cost**',
        '- Spent 0.42 USD, for 10 calls and 40,000 tokens; estimated before it began: 0.50 USD',
        '',
        '**What it made**: policy 7',
        '- canary, answers in a small share of conversations: it won its replay',
        '- replay 40 won, 9 even, 12 lost',
        '- In full: /policy show 7',
      ].join('\n'),
    );
  });

  test('names nobody, no turn and no address of weights; money is for maintainers', async () => {
    const text = await told('train show 5', world(), withoutPictures);
    expect(text).not.toMatch(/zora|turn_|tinker:|USD/);
    expect(text).toContain('as a person asked');
    const own = await told('train show 5', world(), { actorId: personId('fake', 'zora') });
    expect(own).toContain('as you asked');
  });

  test('with a picture of the ended steps where there are pictures', async () => {
    const charts: RunChart[] = [];
    const training = {
      runs: [shown(run(5), { steps: [...whole.steps, step(5, { state: 'begun' })] })],
      onChart: (chart: RunChart) => void charts.push(chart),
    };
    const reply = await runCommand(invocation('train show #5'), fakeWorld({ training }).deps);
    expect(reply.images).toMatchObject([{ fileName: 'run-5.png', mediaType: 'image/png' }]);
    expect(reply.images?.[0]?.alt).toContain('run 5');
    expect(reply.markdown).not.toContain('| Step |');
    const numbers = { reward: 0.25, kl: 0.0123, klBase: 0.05, entropy: 0.6, ess: 0.875, isSkipped: false };
    expect(charts).toEqual([
      {
        title: 'Run 5',
        subtitle: 'weights, done',
        points: [
          { step: 1, ...numbers },
          { step: 2, ess: 0.2, isSkipped: true },
          { step: 3, ...numbers },
          { step: 4, ...numbers },
        ],
      },
    ]);
    expect(reply.markdown).toContain('step 5 is under way');
  });

  test('with a table where there are none, or where no picture can be made', async () => {
    const table = [
      '| Step | Reward | KL | KL to base | Entropy | ESS |',
      '| --- | --- | --- | --- | --- | --- |',
      '| 1 | 0.25 | 0.0123 | 0.05 | 0.6 | 0.875 |',
      '| 2, skipped | – | – | – | – | 0.2 |',
    ].join('\n');
    expect(await told('train show 5', world(), withoutPictures)).toContain(table);
    const broken = fakeWorld({ training: { runs: [whole], chartFails: true } });
    const reply = await runCommand(invocation('train show 5'), broken.deps);
    expect(reply).not.toHaveProperty('images');
    expect(reply.markdown).toContain(table);
    expect(broken.logger.of('chart_failed')).toHaveLength(1);
  });

  test('without numbers there is neither', async () => {
    const bare = shown(run(6, { kind: 'provider', methods: [], reason: 'too_few_samples' }), {
      steps: [step(1, { metrics: { loss: 0.3 } })],
    });
    const reply = await runCommand(
      invocation('train show 6'),
      fakeWorld({ training: { runs: [bare] } }).deps,
    );
    expect(reply).not.toHaveProperty('images');
    expect(reply.markdown).not.toContain('|');
    expect(reply.markdown).toContain('**Run 6**: done: too few rated answers wait');
  });

  test('a run that plans no steps does not count them against a plan', async () => {
    const search = run(6, { kind: 'wording', methods: ['wording'], plan: { ...run(6).plan, steps: 0 } });
    const asked = async (steps: readonly RunStep[]): Promise<string> =>
      told('train show 6', fakeWorld({ training: { runs: [shown(search, { steps })] } }));
    expect(await asked([])).not.toContain('Steps');
    expect(await asked([step(1, { metrics: {} })])).toContain('**Steps**\n- 1 done');
  });

  test('many skipped steps are cut', async () => {
    const steps = Array.from({ length: 14 }, (_, index) =>
      step(index + 1, { state: 'skipped', metrics: {} }),
    );
    const text = await told('train show 5', fakeWorld({ training: { runs: [shown(run(5), { steps })] } }));
    expect(text).toContain('- Step 10 was skipped\n- …and 4 more skipped');
  });

  test.each(['0', '-1', 'x', '1.5', '9999999999', '<b>'])('%s is no number of a run', async (number) => {
    expect(await told(`train show ${number}`, world())).toContain('is no number of a run');
  });

  test('one that is not there, or of another place, is not found', async () => {
    const runs = [shown(run(8, { scope: elsewhere }))];
    for (const number of [8, 9]) {
      const text = await told(`train show ${number}`, fakeWorld({ training: { runs } }), maintainer);
      expect(text).toBe(`There is no run ${number} here. /train history shows those that there were.`);
    }
  });
});

describe('the table', () => {
  const optional = fc.option(fc.double({ noNaN: true }), { nil: undefined });

  test('has a row for each step, at most 20, the latest, and six cells in each', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ reward: optional, kl: optional, isSkipped: fc.boolean() }), {
          maxLength: 60,
          size: 'max',
        }),
        (values) => {
          const points = values.map(({ reward, kl, isSkipped }, index) => ({
            step: index + 1,
            isSkipped,
            ...(reward === undefined ? {} : { reward }),
            ...(kl === undefined ? {} : { kl }),
          }));
          const lines = runTable({ title: '', subtitle: '', points }).split('\n');
          const rows = lines.filter((line) => line.startsWith('|')).slice(2);
          expect(rows).toHaveLength(Math.min(20, points.length));
          for (const row of rows) expect(row.split('|')).toHaveLength(8);
          if (points.length > 0) expect(rows.at(-1)).toMatch(new RegExp(`^\\| ${points.length}[ ,]`));
          expect(lines.at(-1)?.startsWith('…and')).toBe(points.length > 20);
        },
      ),
    );
  });
});
