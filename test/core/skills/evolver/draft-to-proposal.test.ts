import { describe, expect, test } from 'vitest';
import type { Skill } from '../../../../core/domain/skill.ts';
import type { DraftText, SkillOperation } from '../../../../core/domain/skill-operation.ts';
import type { CheckDraft } from '../../../../core/skills/evolver/check-operation.ts';
import { type FittedOperation, fitOperation } from '../../../../core/skills/evolver/draft-to-proposal.ts';
import { sampleAt } from '../../../contract/store-samples.ts';
import { skillNamed } from '../../../fakes/skills/sample-skill.ts';
import { createFakeLibrary, type FakeLibrary } from './fake-library.ts';
import { spaceScope, userScope } from './samples.ts';

const clean: CheckDraft = () => ({ findings: [] });
const text = 'Add the total of all lines in euros under every invoice and name the tax apart from it';
const invoices: DraftText = {
  name: 'invoice-totals',
  description: 'Use when somebody asks for an invoice.',
  triggers: [],
  body: text,
};
const add = (draft: DraftText = invoices): SkillOperation => ({ op: 'add', draft, why: 'w' });
const edit = (name: string, draft: DraftText = { ...invoices, name }): SkillOperation => ({
  op: 'edit',
  name: skillNamed(name),
  draft,
  why: 'w',
});

function fitted(
  meant: SkillOperation,
  library: FakeLibrary,
  changes: Partial<Parameters<typeof fitOperation>[1]> = {},
): FittedOperation {
  const context = { scope: userScope(), isPrivate: false, library, check: clean, taken: new Set<string>() };
  return fitOperation(meant, { ...context, ...changes });
}

const library = (): FakeLibrary => createFakeLibrary(() => sampleAt);
const saying = (changes: Partial<Omit<Skill, 'name'>> = {}): Partial<Omit<Skill, 'name'>> => ({
  description: invoices.description,
  body: text,
  origin: { kind: 'person', by: userScope().personId },
  ...changes,
});

describe('an addition', () => {
  test('of something new stays one', () => {
    expect(fitted(add(), library())).toEqual({ operation: add(), notes: [] });
  });

  test('that says what a skill of the scope says becomes an edit of that one', () => {
    const skills = library();
    skills.add('bill-sums', saying({ scope: userScope(), body: `${text} please` }));
    expect(fitted(add(), skills).operation).toEqual({
      op: 'edit',
      name: 'bill-sums',
      draft: { ...invoices, name: 'bill-sums' },
      why: 'w',
    });
  });

  test('that the gates find to be a duplicate by meaning becomes an edit as well', () => {
    const skills = library();
    skills.add('bill-sums', { scope: userScope(), body: 'Rechnungen mit Summe' });
    const check: CheckDraft = () => ({ findings: [], duplicateOf: 'bill-sums' });
    expect(fitted(add(), skills, { check }).operation).toMatchObject({ op: 'edit', name: 'bill-sums' });
  });

  test('that a wider skill says already is refused', () => {
    const skills = library();
    skills.add('bill-sums', saying());
    expect(fitted(add(), skills).refusal).toBe('“bill-sums” already says this to everybody concerned');
  });

  test('gets a number where its name is taken here, in a wider scope, by a retired one or by another draft', () => {
    const other = { body: 'Something quite different about trains' };
    const named = (skills: FakeLibrary, taken: readonly string[] = []) =>
      fitted(add(), skills, { taken: new Set(taken) }).operation;
    const own = library();
    own.add('invoice-totals', { scope: userScope(), ...other });
    expect(named(own)).toMatchObject({ op: 'add', draft: { name: 'invoice-totals-2' } });
    const wide = library();
    wide.add('invoice-totals', other);
    expect(named(wide, ['invoice-totals-2'])).toMatchObject({ draft: { name: 'invoice-totals-3' } });
    const retired = library();
    const { standing } = retired.add('x');
    retired.add('invoice-totals', {
      scope: userScope(),
      ...other,
      standing: { ...standing, state: 'retired' },
    });
    expect(named(retired)).toMatchObject({ draft: { name: 'invoice-totals-2' } });
  });
});

describe('an edit', () => {
  test('of a skill of the scope stays one, unless nothing is different', () => {
    const skills = library();
    skills.add('bill-sums', { scope: userScope() });
    expect(fitted(edit('bill-sums'), skills).operation).toEqual(edit('bill-sums'));
    const same = library();
    same.add('bill-sums', saying({ scope: userScope() }));
    expect(fitted(edit('bill-sums'), same).refusal).toBe('“bill-sums” reads so already');
  });

  test('of a wider skill never touches it: the scope gets one of that name', () => {
    const skills = library();
    skills.add('bill-sums', { scope: spaceScope });
    skills.add('short-answers');
    expect(fitted(edit('bill-sums'), skills).operation).toEqual(add({ ...invoices, name: 'bill-sums' }));
    expect(fitted(edit('short-answers'), skills, { scope: spaceScope }).operation).toMatchObject({
      op: 'add',
    });
  });

  test('of a skill that this person has switched off is refused', () => {
    const skills = library();
    const { standing } = skills.add('bill-sums');
    skills.add('bill-sums', { scope: userScope(), standing: { ...standing, state: 'retired' } });
    expect(fitted(edit('bill-sums'), skills).refusal).toContain('was put aside in this scope');
  });

  test('of another person’s skill is refused', () => {
    const skills = library();
    skills.add('bill-sums', { scope: userScope('ben') });
    expect(fitted(edit('bill-sums'), skills).refusal).toBe('there is no skill “bill-sums” here');
  });
});

describe('merge, split and retire', () => {
  const two = (changes: Partial<Omit<Skill, 'name'>>): FakeLibrary => {
    const skills = library();
    skills.add('one', { scope: userScope(), origin: { kind: 'person', by: userScope().personId } });
    skills.add('two', {
      scope: userScope(),
      origin: { kind: 'person', by: userScope().personId },
      ...changes,
    });
    return skills;
  };
  const names = ['one', 'two'].map(skillNamed);
  const merge: SkillOperation = { op: 'merge', names, draft: { ...invoices, name: 'one' }, why: 'w' };
  const retire: SkillOperation = { op: 'retire', name: skillNamed('two'), why: 'w' };

  test('stay within the scope', () => {
    expect(fitted(merge, two({})).operation).toEqual(merge);
    expect(fitted(retire, two({})).operation).toEqual(retire);
    for (const operation of [merge, retire]) {
      expect(fitted(operation, two({ scope: spaceScope })).refusal).toContain(
        'does not belong to this scope alone',
      );
      expect(fitted(operation, two({ origin: { kind: 'files' } })).refusal).toContain('comes from a file');
    }
    const skills = two({});
    const { standing } = skills.add('x');
    skills.add('two', {
      scope: userScope(),
      origin: { kind: 'person', by: userScope().personId },
      standing: { ...standing, isPinned: true },
    });
    expect(fitted(retire, skills).refusal).toBe('“two” is pinned');
  });

  test('parts of a split get names of their own', () => {
    const skills = two({});
    skills.add('part', { body: 'Something else altogether' });
    const split: SkillOperation = {
      op: 'split',
      name: skillNamed('two'),
      drafts: [
        { ...invoices, name: 'two' },
        { ...invoices, name: 'part' },
      ],
      why: 'w',
    };
    expect(fitted(split, skills).operation).toMatchObject({ drafts: [{ name: 'two' }, { name: 'part-2' }] });
  });

  test('what another draft of the same run changes is left alone', () => {
    expect(fitted(retire, two({}), { taken: new Set(['two']) }).refusal).toContain(
      'another draft of the same run',
    );
  });
});

describe('the gates', () => {
  test('keep what is private out of the reason that people are told', () => {
    const check: CheckDraft = ({ body }) => ({
      findings: body.includes('hunter2')
        ? [{ gate: 'secret', severity: 'refuse', message: 'A password.' }]
        : [],
    });
    const answer = fitted({ ...add(), why: 'Ann’s password is hunter2' }, library(), { check });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(answer.refusal).toBeUndefined();
  });

  test('have the last word, and are shown what will stand beside the text and not what it replaces', () => {
    const skills = library();
    skills.add('bill-sums', { scope: userScope() });
    skills.add('other');
    const seen: string[][] = [];
    const check: CheckDraft = ({ name }, existing) => {
      if (name !== 'why') seen.push(existing.map(({ name }) => name));
      return {
        findings: [
          { gate: 'duplicate', severity: 'refuse', message: 'It is near another.' },
          { gate: 'injection', severity: 'refuse', message: 'It orders the bot to tell its instructions.' },
        ],
      };
    };
    const answer = fitted(edit('bill-sums'), skills, { check });
    expect(answer.refusal).toBe('It orders the bot to tell its instructions.');
    expect(answer.notes.map(({ gate, severity }) => `${gate} ${severity}`)).toEqual([
      'duplicate warn',
      'injection refuse',
    ]);
    expect(seen).toEqual([['other']]);
  });
});
