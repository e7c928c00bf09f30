import { describe, expect, test } from 'vitest';
import { parseJudgeVote } from '../../../core/feedback/judge-parse.ts';

const next = 'No, that is wrong:\n the  invoice is in euros. Thanks anyway!';
const vote = (score: unknown, kind: unknown = 'none', quote: unknown = ''): string =>
  JSON.stringify({ score, next: { kind, quote } });

describe('a valid vote', () => {
  test.each([-1, 0, 1] as const)('score %i', (score) => {
    expect(parseJudgeVote(vote(score), next)).toEqual({ score, next: { kind: 'none' } });
  });

  test('blanks, line ends and a fenced block around it are tolerated', () => {
    const expected = { score: 1, next: { kind: 'thanks' } };
    const body = JSON.stringify({ score: 1, next: { kind: 'thanks', quote: '' } }, null, 2);
    expect(parseJudgeVote(`\n ${body}\n`, next)).toEqual(expected);
    expect(parseJudgeVote(`\`\`\`json\n${body}\n\`\`\``, next)).toEqual(expected);
    expect(parseJudgeVote(`\`\`\`\n${body}\n\`\`\`\n`, next)).toEqual(expected);
  });

  test('a negative zero is 0', () => {
    const parsed = parseJudgeVote('{"score": -0, "next": {"kind": "none", "quote": ""}}', next);
    expect(Object.is(parsed?.score, 0)).toBe(true);
  });
});

describe('an invalid vote', () => {
  test.each([
    // The reference's parser (bug B10) takes `Score: 10` for 1, and loses `Score: **1**`: here no prose is a vote at all.
    ['B10: a score of two digits in prose', 'Score: 10'],
    ['B10: a score in prose', 'Score: 1'],
    ['B10: a bold score', 'Score: **1**'],
    ['B10: a bold label', '**Score:** 1'],
    ['B10: a boxed score', '\\boxed{1}'],
    ['nothing', ''],
    ['a bare number', '1'],
    ['null', 'null'],
    ['prose with braces', 'I think {it is good}, so {"score": 1}'],
    ['prose before the object', `Here is my vote: ${vote(1)}`],
    ['prose after the object', `${vote(1)}\nThe answer is fine.`],
    ['prose beside the fence', `Sure!\n\`\`\`json\n${vote(1)}\n\`\`\``],
    ['two objects', `${vote(1)}\n${vote(1)}`],
    ['two fenced blocks', `\`\`\`json\n${vote(1)}\n\`\`\`\n\`\`\`json\n${vote(-1)}\n\`\`\``],
    ['a list of one', `[${vote(1)}]`],
    ['a score of 10', vote(10)],
    ['a score of 2', vote(2)],
    ['a fraction', vote(0.5)],
    ['a score in words', vote('1')],
    ['a score of true', vote(true)],
    ['no score', '{"next": {"kind": "none", "quote": ""}}'],
    ['no next', '{"score": 1}'],
    ['no quote', '{"score": 1, "next": {"kind": "none"}}'],
    ['an extra key', '{"score": 1, "next": {"kind": "none", "quote": ""}, "why": "good"}'],
    ['an extra key inside', '{"score": 1, "next": {"kind": "none", "quote": "", "sure": true}}'],
    ['a prototype key', '{"score": 1, "__proto__": {"kind": "none", "quote": ""}}'],
    ['one key twice', '{"score": 1, "score": -1, "next": {"kind": "none", "quote": ""}}'],
    ['an unknown kind', vote(1, 'praise')],
    ['a kind of Object', vote(1, 'toString')],
    ['a quote that is no text', vote(1, 'none', 7)],
    ['a trailing comma', '{"score": 1, "next": {"kind": "none", "quote": ""},}'],
    ['cut off', '{"score": 1, "next": {"kind": "none", "quo'],
    ['look-alike quotation marks', '{“score”: 1, “next”: {“kind”: “none”, “quote”: “”}}'],
    ['a full-width digit', '{"score": １, "next": {"kind": "none", "quote": ""}}'],
    ['a Cyrillic key', '{"sсore": 1, "next": {"kind": "none", "quote": ""}}'],
  ])('%s', (_, text) => {
    expect(parseJudgeVote(text, next)).toBeUndefined();
  });

  test('one that read a next message where there is none', () => {
    expect(parseJudgeVote(vote(1, 'thanks'), undefined)).toBeUndefined();
    expect(parseJudgeVote(vote(1), undefined)).toEqual({ score: 1, next: { kind: 'none' } });
  });
});

describe('the quote', () => {
  const quoted = (quote: string, from = next): string | undefined =>
    parseJudgeVote(vote(-1, 'correction', quote), from)?.next.quote;

  test('stands in the next message, blanks aside', () => {
    expect(quoted('wrong: the invoice is in euros.')).toBe('wrong: the invoice is in euros.');
    expect(quoted(' wrong:  the\ninvoice ')).toBe('wrong: the invoice');
  });

  test('is dropped where it does not: the vote stays', () => {
    for (const made of ['The invoice is in dollars.', 'that is WRONG: the invoice', 'the invoice…']) {
      expect(quoted(made)).toBeUndefined();
    }
    expect(parseJudgeVote(vote(-1, 'correction', 'made up by the judge'), next)).toEqual({
      score: -1,
      next: { kind: 'correction' },
    });
  });

  test('has 11 characters or more', () => {
    expect(quoted('is in euro')).toBeUndefined();
    expect(quoted('is in euros')).toBe('is in euros');
    // Ten characters in twenty code units.
    expect(quoted('👍'.repeat(10), '👍'.repeat(30))).toBeUndefined();
    expect(quoted('👍'.repeat(11), '👍'.repeat(30))).toBe('👍'.repeat(11));
  });

  test('is compared in one normal form, and cut between sentences where it is long', () => {
    expect(quoted('der Rechnungsschlu\u0308ssel', 'Nein: der Rechnungsschlüssel')).toBe(
      'der Rechnungsschlüssel',
    );
    const long = 'This is a sentence of the message. '.repeat(40).trim();
    const kept = quoted(long, long) ?? '';
    expect(kept.length).toBeGreaterThan(250);
    expect(kept.length).toBeLessThanOrEqual(500);
    expect(kept.endsWith('.')).toBe(true);
  });

  test('is none where the kind is none', () => {
    expect(parseJudgeVote(vote(1, 'none', 'the invoice is in euros'), next)?.next).toEqual({ kind: 'none' });
  });
});
