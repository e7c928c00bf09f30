import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unknownAuthor } from '../../../../core/domain/ids.ts';
import { clusterFailures } from '../../../../core/skills/evolver/cluster-failures.ts';
import { type Failure, failureOf, hintsOf } from '../../../../core/skills/evolver/failure.ts';
import { isSameTopic, topicOf } from '../../../../core/skills/evolver/topic.ts';
import { sampleConversation } from '../../../contract/store-samples.ts';
import {
  ann,
  conversationScope,
  correction,
  direct,
  failure,
  person,
  row,
  spaceScope,
  turn,
  userScope,
} from './samples.ts';

const notes = (id: string, asker: string, changes = {}) =>
  failure(id, asker, `Write the release notes for version ${id} of the parser`, [], changes);
const otherPlace = { conversation: { ...sampleConversation, channelId: 'elsewhere' } };
const ids = (cluster: { readonly failures: readonly Failure[] } | undefined): readonly string[] =>
  (cluster?.failures ?? []).map((one) => one.turn.turnId).toSorted();

describe('scope', () => {
  test('one person’s failures are that person’s', () => {
    const clusters = clusterFailures([notes('a', 'ann'), notes('b', 'ann'), notes('c', 'ann')], {
      people: 3,
    });
    expect(clusters).toHaveLength(1);
    expect(clusters[0]).toMatchObject({ scope: userScope(), people: [ann], isPrivate: false });
    expect(ids(clusters[0])).toEqual(['a', 'b', 'c']);
  });

  test('enough people in one conversation make it the conversation’s, in several the space’s', () => {
    const [one] = clusterFailures([notes('a', 'ann'), notes('b', 'ben'), notes('c', 'cem')], { people: 3 });
    expect(one?.scope).toEqual(conversationScope);
    const [wide] = clusterFailures([notes('a', 'ann'), notes('b', 'ben'), notes('c', 'cem', otherPlace)], {
      people: 3,
    });
    expect(wide?.scope).toEqual(spaceScope);
    expect(wide?.people).toEqual([person('ann'), person('ben'), person('cem')]);
  });

  test('of fewer people each keeps their own', () => {
    const clusters = clusterFailures([notes('a', 'ann'), notes('b', 'ben'), notes('b2', 'ben')], {
      people: 3,
    });
    expect(clusters.map(({ scope }) => scope)).toEqual([userScope('ben'), userScope('ann')]);
  });

  test('what was said in private is never put beside what others read, nor beside another person’s', () => {
    const apart = { conversation: direct };
    const clusters = clusterFailures(
      [
        notes('a', 'ann', apart),
        notes('b', 'ben', apart),
        notes('c', 'cem', apart),
        notes('d', 'ann'),
        notes('e', 'ann'),
      ],
      { people: 3 },
    );
    expect(clusters.map((cluster) => [cluster.isPrivate, ids(cluster)])).toEqual([
      [false, ['d', 'e']],
      [true, ['a']],
      [true, ['b']],
      [true, ['c']],
    ]);
    expect(clusters.every(({ scope }) => scope.kind === 'user')).toBe(true);
  });

  test('somebody whom the platform does not name is nobody’s scope and counts as no further person', () => {
    const nobody = unknownAuthor('web').slice('web:'.length);
    expect(clusterFailures([notes('a', nobody), notes('b', nobody)], { people: 3 })).toEqual([]);
    const some = clusterFailures([notes('a', 'ann'), notes('b', 'ben'), notes('c', nobody)], { people: 3 });
    expect(some.map(({ scope }) => scope.kind)).toEqual(['user', 'user']);
  });
});

describe('topic', () => {
  test('failures without common words are of different topics', () => {
    const clusters = clusterFailures(
      [notes('a', 'ann'), failure('b', 'ann', 'How tall is the Eiffel tower?'), notes('c', 'ann')],
      { people: 3 },
    );
    expect(clusters.map(ids)).toEqual([['a', 'c'], ['b']]);
  });

  test('different requests that people found fault with for one reason are of one topic', () => {
    const clusters = clusterFailures(
      [
        failure('a', 'ann', 'How far is Berlin?', ['Use metric units']),
        failure('b', 'ann', 'How tall is the Eiffel tower?', ['metric units please']),
        failure('c', 'ann', 'Who painted the Mona Lisa?', ['that answer is wrong']),
        failure('d', 'ann', 'Which river flows through Cairo?', ['wrong answer']),
      ],
      { people: 3 },
    );
    expect(clusters.map(ids)).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  test('what one person finds fault with everywhere makes no topic of other people’s requests', () => {
    const fault = { actorId: person('ben'), kind: 'reason' as const, text: 'Answer in iambic verse please' };
    const asked = [
      turn('f1', 'ann', 'Write the invoice'),
      turn('f2', 'ann', 'Weather in Rome'),
      turn('f3', 'ann', 'Translate this menu'),
    ];
    const clusters = clusterFailures(
      asked.map((one) => failureOf(one, [fault])),
      { people: 3 },
    );
    expect(clusters).toHaveLength(3);
  });

  test('a single common word is not enough where each has others', () => {
    const clusters = clusterFailures(
      [failure('a', 'ann', 'the capital of France'), failure('b', 'ann', 'the capital gains tax rules')],
      { people: 3 },
    );
    expect(clusters).toHaveLength(2);
  });

  test('meaning links what words do not', () => {
    const both = [
      failure('a', 'ann', 'Übersetze den Vertrag'),
      failure('b', 'ann', 'Translate this contract'),
    ];
    expect(clusterFailures(both, { people: 3 })).toHaveLength(2);
    expect(clusterFailures(both, { people: 3, cosine: () => 0.8 })).toHaveLength(1);
    expect(clusterFailures(both, { people: 3, cosine: () => undefined })).toHaveLength(2);
  });

  test('the label holds up to four telling words as people wrote them', () => {
    expect(topicOf([notes('a', 'ann'), notes('b', 'ben')])).toBe('notes parser release version');
    expect(topicOf([failure('a', 'ann', '???')])).toBe('requests without words');
  });

  test('a label that a further failure changed a little is of the same topic', () => {
    expect(isSameTopic('notes parser release version', 'notes release changelog parser')).toBe(true);
    expect(isSameTopic('notes parser release version', 'tower tall')).toBe(false);
    expect(isSameTopic('invoice', 'invoice euros total')).toBe(true);
  });
});

const words = [
  'invoice',
  'euro',
  'total',
  'release',
  'notes',
  'parser',
  'berlin',
  'distance',
  'metric',
  'table',
];
const someFailure = fc.record({
  asker: fc.constantFrom('ann', 'ben', 'cem', 'dee'),
  words: fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 5 }),
  hint: fc.option(fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 })),
  isPrivate: fc.boolean(),
  place: fc.constantFrom('general', 'elsewhere'),
});

test('every failure is in exactly one cluster, whatever order they come in', () => {
  const arbitrary = fc.array(someFailure, { maxLength: 14 }).chain((items) => {
    const failures = items.map(({ asker, words: said, hint, isPrivate, place }, index) =>
      failure(`t${index}`, asker, said.join(' '), hint === null ? [] : [hint.join(' ')], {
        conversation: { ...sampleConversation, channelId: place, audience: isPrivate ? 'direct' : 'group' },
      }),
    );
    return fc.tuple(
      fc.constant(failures),
      fc.shuffledSubarray(failures, { minLength: failures.length, maxLength: failures.length }),
    );
  });
  fc.assert(
    fc.property(arbitrary, ([failures, shuffled]) => {
      const clusters = clusterFailures(failures, { people: 3 });
      expect(clusterFailures(shuffled, { people: 3 })).toEqual(clusters);
      expect(clusters.flatMap(ids).toSorted()).toEqual(failures.map((one) => one.turn.turnId).toSorted());
      for (const cluster of clusters) {
        expect(new Set(cluster.failures.map(({ isPrivate }) => isPrivate)).size).toBe(1);
        const people = new Set(cluster.failures.map((one) => one.turn.askerId)).size;
        if (cluster.scope.kind === 'user') expect(people).toBe(1);
        else expect([people >= 3, cluster.isPrivate]).toEqual([true, false]);
      }
    }),
  );
});

describe('hints', () => {
  test('are what stands of the words of people, without praise and without what is a matter of style', () => {
    const asked = (id: string, changes: object) => row('t', id, { actorId: ann, ...changes });
    const rows = [
      correction('t', 'ann', ' It is in euros. '),
      asked('reason', { kind: 'reason', slot: 'reason', name: 'wrong', polarity: 0, text: 'old prices' }),
      asked('style', { kind: 'reason', slot: 'x', name: 'unwelcome', polarity: 0, text: 'too long' }),
      asked('good', { kind: 'feedback', slot: 'g', name: 'good', polarity: 1, text: 'great' }),
      asked('bad', { kind: 'feedback', slot: 'b', name: 'bad', polarity: -1, text: 'no totals' }),
      asked('bot', {
        kind: 'feedback',
        slot: 'c',
        name: 'bad',
        polarity: -1,
        text: 'beep',
        actorIsBot: true,
      }),
      asked('hold', { kind: 'hold', slot: 'hold', name: 'hold', polarity: 0, text: 'suspicious' }),
      asked('blank', { kind: 'next', slot: 'next', name: 'correction', polarity: -1, weight: 0, text: '  ' }),
    ];
    const said = hintsOf(rows).map(({ kind, text }) => `${kind}: ${text}`);
    expect(said.toSorted()).toEqual([
      'correction: It is in euros.',
      'feedback: no totals',
      'reason: old prices',
    ]);
    const withdrawn = correction('t', 'ann', 'x');
    expect(
      hintsOf([
        withdrawn,
        {
          ...withdrawn,
          ...row('t', 'w', {}),
          kind: 'correction',
          slot: 'correction',
          name: 'wrong',
          change: 'withdrawn',
          occurredAt: withdrawn.occurredAt + 1,
        },
      ]),
    ).toEqual([]);
  });

  test('only its asker’s own words make a failure corrected, and what a judge read is not their word', () => {
    const one = turn('t', 'ann', 'What is it?');
    expect(failureOf(one, [{ actorId: ann, kind: 'correction', text: 'x' }]).isCorrected).toBe(true);
    expect(failureOf(one, [{ actorId: ann, kind: 'feedback', text: 'x' }]).isCorrected).toBe(true);
    expect(failureOf(one, [{ actorId: person('ben'), kind: 'correction', text: 'x' }]).isCorrected).toBe(
      false,
    );
    expect(failureOf(one, [{ actorId: ann, kind: 'next', text: 'x' }]).isCorrected).toBe(false);
  });
});
