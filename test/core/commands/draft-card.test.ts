import { describe, expect, test } from 'vitest';
import {
  draftActions,
  draftCard,
  draftCode,
  draftForm,
  readDraftAction,
  readDraftCode,
} from '../../../core/commands/draft-card.ts';
import { mayOpenForm } from '../../../core/domain/outbound-message.ts';
import { skill } from './command-fixtures.ts';
import { proposal } from './proposal-fixture.ts';

const facts = { before: () => undefined, maxTextChars: 1_500 };

describe('the code of a draft', () => {
  test('names one text of it', () => {
    expect(draftCode(proposal())).toBe('12.3fa2c1');
    expect(draftCode(proposal({ draftHash: 'ffffffff' }))).toBe('12.ffffff');
    expect(readDraftCode('12.3fa2c1')).toEqual({ number: 12, hash: '3fa2c1' });
    expect(readDraftCode('#12.3FA2C1')).toEqual({ number: 12, hash: '3fa2c1' });
    expect(readDraftCode('12')).toEqual({ number: 12 });
    for (const other of ['', 'release-notes', '12.', '12.xyz', '-1', '12.3f', '1e9.aaaaaa'])
      expect(readDraftCode(other), other).toBeUndefined();
  });

  test('stands in its buttons, within what platforms take', () => {
    const [row = []] = draftActions(proposal());
    expect(row.map(({ label }) => label)).toEqual(['Approve', 'Edit', 'Reject']);
    for (const { actionId } of row) {
      expect(actionId).toMatch(/^[a-z0-9._]{1,32}$/);
      expect(readDraftAction(actionId)?.hash).toBe('3fa2c1d4');
    }
    expect(draftActions(proposal({ state: 'applied' }))[0]?.map(({ actionId }) => actionId)).toEqual([
      'skill.undo.3fa2c1d4',
    ]);
    expect(draftActions(proposal({ state: 'rejected' }))).toEqual([]);
    // A platform that takes a form as the first answer only must know which press may want one.
    expect(row.map(({ actionId }) => mayOpenForm(actionId))).toEqual([false, true, false]);
    for (const other of ['turn.retry', 'skill.approve', 'skill.approve.xyz', 'skill.destroy.3fa2c1d4'])
      expect(readDraftAction(other), other).toBeUndefined();
  });
});

describe('the card', () => {
  test('tells what it would do, why, the text, and what speaks for and against it', () => {
    const card = draftCard(proposal(), facts);
    for (const part of [
      'Draft 12\\.3fa2c1',
      'a new skill **euro\\-invoices**, for everybody here',
      'Three people wanted euros',
      'Give sums in euros.',
      'From 3 answers of 3 people; 1 answer was kept from the model',
      'on failures 1 better, 0 alike, 0 worse; on good answers 2 better, 7 alike, 1 worse',
      'Weak, because the judge is the model that wrote it',
      'Left out of the replay: 2 used tools',
      'Note: It holds a link',
      '31 calls, 9000 tokens read and 1200 written',
    ])
      expect(card).toContain(part);
    expect(card).not.toContain('ada');
  });

  test('compares with the text that it would change', () => {
    const before = skill('euro-invoices', {
      description: 'Use when somebody asks for an invoice.',
      body: 'Give sums in dollars.',
    });
    const { draft, why } = {
      draft: {
        name: 'euro-invoices',
        description: before.description,
        triggers: [],
        body: 'Give sums in euros.',
      },
      why: 'x',
    };
    const card = draftCard(proposal({ operation: { op: 'edit', name: before.name, draft, why } }), {
      ...facts,
      before: () => before,
    });
    expect(card).toContain('- Give sums in dollars.');
    expect(card).toContain('+ Give sums in euros.');
  });

  test('what stands in a draft can leave neither its code block nor its sentence', () => {
    const body = '```\n# Free\n```\n````\nout';
    const card = draftCard(
      proposal({
        operation: {
          op: 'add',
          draft: { name: 'x', description: 'd', triggers: [], body },
          why: '**bold** [a](b)',
        },
      }),
      facts,
    );
    expect(card).toMatch(/\n`{5}markdown\n[\s\S]*\n`{5}\n/);
    expect(card).toContain('\\*\\*bold\\*\\*');
  });

  test('tells how it ended', () => {
    expect(draftCard(proposal({ state: 'applied', generation: 9 }), facts)).toContain(
      'In use, since generation 9',
    );
    expect(draftCard(proposal({ state: 'refused', reason: 'it holds a secret' }), facts)).toContain(
      'it holds a secret',
    );
  });
});

describe('the form', () => {
  test('holds the present text, and names the draft by its code', () => {
    const form = draftForm(proposal());
    expect(form?.subject).toBe('skill.draft:12.3fa2c1');
    expect(form?.subject).toMatch(/^[a-z0-9.:_-]{1,80}$/);
    expect(form?.fields.map(({ value }) => value)).toEqual([
      'Use when somebody asks for an invoice.',
      'Give sums in euros.',
    ]);
  });

  test('there is none for a text too long for it, or for none', () => {
    const draft = { name: 'x', description: 'd', triggers: [], body: 'y'.repeat(3_001) };
    expect(draftForm(proposal({ operation: { op: 'add', draft, why: '' } }))).toBeUndefined();
    expect(
      draftForm(proposal({ operation: { op: 'retire', name: skill('x').name, why: '' } })),
    ).toBeUndefined();
  });
});
