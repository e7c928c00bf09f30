export type DemoRequest = 'long' | 'markdown' | 'code' | 'fail' | 'recall' | 'help' | 'ordinary';

export interface DemoRequestRow {
  /** What to write. */
  readonly phrase: string;
  readonly request: Exclude<DemoRequest, 'ordinary'>;
  readonly effect: string;
}

/** Requests with an answer of their own. The table in docs/models.md says the same. */
export const demoRequestTable: readonly DemoRequestRow[] = [
  {
    phrase: 'demo: long',
    request: 'long',
    effect: 'an answer longer than one message of any platform, as when you ask for a long answer',
  },
  { phrase: 'demo: markdown', request: 'markdown', effect: 'every kind of formatting that answers use' },
  { phrase: 'demo: code', request: 'code', effect: 'a code block, as when you ask for a code example' },
  {
    phrase: 'demo: fail',
    request: 'fail',
    effect: 'the model fails in the middle of its answer; asked again with Retry it answers',
  },
  {
    phrase: 'what did I say before?',
    request: 'recall',
    effect: 'your earlier messages of this session, repeated',
  },
  { phrase: 'what can you do?', request: 'help', effect: 'a list of these requests' },
];

const patterns: readonly (readonly [RegExp, DemoRequest])[] = [
  [/\b(a|very|really) long (answer|text|reply|story|essay)\b/i, 'long'],
  [/\b(code (block|fence|example|snippet|sample)|example (of )?code|some code)\b/i, 'code'],
  [
    /\bwhat (did|have) (i|we) (just )?(say|said|write|written|ask|asked|tell|told|talk)|\bdo you remember\b|\brepeat what i said\b|\bmy (last|first|previous|earlier) (message|question)/i,
    'recall',
  ],
  [/^\W*(help|what can you do|who are you|what are you)\W*$/i, 'help'],
];

/** Which answer is asked for. */
export function demoRequest(words: string): DemoRequest {
  const named = /^\W*demo:\s*(\w+)/i.exec(words)?.[1]?.toLowerCase();
  const row = demoRequestTable.find((one) => one.phrase === `demo: ${named}`);
  if (row !== undefined) return row.request;
  return patterns.find(([pattern]) => pattern.test(words))?.[1] ?? 'ordinary';
}
