import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import {
  answererOf,
  type Policy,
  type PolicySource,
  policyId,
  runId,
} from '../../../../core/domain/policy.ts';
import { answeredBy } from '../../../../core/learning/policies/gate-calls.ts';
import { inherited } from '../../../../core/learning/policies/inherited.ts';
import { createRig, DAY_MS, operator, runNamed, talk, weights, wholeSpace } from './policy-rig.ts';

const brief: PolicySource = { kind: 'wording', persona: 'Be brief.' };
const kind: PolicySource = { kind: 'wording', persona: 'Be kind.' };
const later: PolicySource = { kind: 'weights', baseModel: 'base', samplerPath: 's://2', statePath: 't://2' };
const hosted: PolicySource = { kind: 'hosted_model', model: 'ft:kitchen' };

/** Each made while the one before it serves, by name of its run. */
async function lineOf(...sources: readonly PolicySource[]) {
  const rig = await createRig();
  const line: Policy[] = [];
  for (const source of sources) {
    await rig.clock.advance(DAY_MS);
    line.push(await rig.add(wholeSpace, source));
    await rig.desk.promote(line.length, operator);
  }
  // Nobody is left with a predecessor.
  await rig.clock.advance(31 * DAY_MS);
  const conversation = talk('kitchen');
  const answering = rig.desk.policyFor(conversation, encodeConversationKey(conversation));
  return { rig, line, sources: line.map(({ source }) => source), last: line.at(-1), answering };
}

describe('a policy of weights', () => {
  test('keeps the persona of its parent, over two generations too', async () => {
    const { sources, last, answering } = await lineOf(brief, weights, later);
    expect(sources).toEqual([
      brief,
      { ...weights, persona: 'Be brief.' },
      { ...later, persona: 'Be brief.' },
    ]);
    expect(answering).toEqual({ policyId: last?.policyId, persona: 'Be brief.' });
    expect(answeredBy(last, 'of the configured persona')).toEqual({
      policy: last?.policyId,
      persona: 'Be brief.',
    });
  });

  test('has none where its parent has none', async () => {
    const { sources, last, answering } = await lineOf(weights, later);
    expect(sources).toEqual([weights, later]);
    expect(answering).toEqual({ policyId: last?.policyId });
    expect(answeredBy(last, 'of the configured persona')).toEqual({ policy: last?.policyId });
  });
});

test('a model of a provider keeps the persona of its parent', async () => {
  const { sources } = await lineOf(brief, hosted);
  expect(sources[1]).toEqual({ ...hosted, persona: 'Be brief.' });
});

describe('a policy of wording', () => {
  test.each([
    ['weights', weights],
    ['a model of a provider', hosted],
  ])('is answered by the %s of its parent, with a persona of its own', async (_, source) => {
    const { line, sources, last, answering } = await lineOf(source, brief);
    expect(sources[1]).toEqual({ ...brief, answersBy: line[0]?.policyId });
    expect(answering).toEqual({ policyId: last?.policyId, persona: 'Be brief.' });
    expect(answeredBy(last, 'of the configured persona')).toEqual({
      policy: last?.policyId,
      persona: 'Be brief.',
    });
  });

  test('is answered by the weights below where its parent is wording itself', async () => {
    const { line, sources } = await lineOf(weights, brief, kind);
    expect(sources[2]).toEqual({ ...kind, answersBy: line[0]?.policyId });
  });

  test('is answered by the configured model where nothing below it was trained', async () => {
    const { sources } = await lineOf(brief, kind);
    expect(sources).toEqual([brief, kind]);
  });

  test('gives weights after it its persona, and they answer for the wording after them', async () => {
    const { line, sources } = await lineOf(weights, brief, later, kind);
    expect(sources[2]).toEqual({ ...later, persona: 'Be brief.' });
    expect(sources[3]).toEqual({ ...kind, answersBy: line[2]?.policyId });
  });
});

test('without a parent nothing is added, whatever serves by now', async () => {
  const { rig } = await lineOf(brief);
  const added = await rig.desk.add(weights, runNamed('run_before', wholeSpace));
  expect(added.source).toEqual(weights);
  for (const source of [weights, hosted, brief]) expect(inherited(source, undefined)).toBe(source);
});

test('what was made stays as it was made when its run is told of again', async () => {
  const { rig } = await lineOf(brief);
  const run = runNamed('run_twice', wholeSpace, rig.desk.servingIn(wholeSpace)?.policyId);
  const first = await rig.desk.add(weights, run);
  await rig.desk.rollback(wholeSpace, 1, operator);
  const { source, parentId, version } = first;
  expect(await rig.desk.add(weights, run)).toMatchObject({ source, parentId, version });
});

test('the configured model answers for itself, and for words alone', () => {
  expect(answeredBy(undefined, 'd')).toEqual({ policy: 'configured' });
  const id = policyId('p');
  expect(answererOf({ policyId: id, source: weights })).toBe(id);
  expect(answererOf({ policyId: id, source: hosted })).toBe(id);
  expect(answererOf({ policyId: id, source: brief })).toBeUndefined();
  expect(answererOf({ policyId: id, source: { ...brief, answersBy: policyId('q') } })).toBe('q');
});

test('a persona made from another one than the settings have now is not tried either', () => {
  const personaFrom = { madeFrom: 'of an earlier one', learnedFrom: { platforms: ['web'], authors: [] } };
  const of = (source: PolicySource): Policy => ({
    policyId: policyId('p'),
    number: 1,
    scope: wholeSpace,
    version: 1,
    source,
    state: 'candidate',
    isPinned: false,
    runId: runId('r'),
    evidence: {},
    createdAt: 1,
    since: 1,
  });
  const inheriting = of({ ...weights, persona: 'Be brief.', personaFrom });
  expect(answeredBy(inheriting, 'of the present one')).toEqual({ policy: 'p' });
  expect(answeredBy(inheriting, 'of an earlier one')).toEqual({ policy: 'p', persona: 'Be brief.' });
  expect(answeredBy(of({ ...brief, personaFrom }), 'of the present one')).toEqual({ policy: 'configured' });
});
