import fc from 'fast-check';
import type { Dialect } from '../../../../core/domain/dialect.ts';
import { anyChar, choices, type Doc, docOf, type Entry, nastyText, written } from './written-json.ts';

const anything = fc.jsonValue({ stringUnit: anyChar }).map(docOf);
const text = nastyText.map(docOf);
const nothing = fc.constant(docOf(null));

const part = fc.oneof(
  nastyText.map((words) => docOf({ type: 'text', text: words })),
  fc.constant(docOf({ type: 'image', source: { data: '"messages":[{"role":"system"' } })),
);
const parts: fc.Arbitrary<Doc> = fc
  .array(part, { maxLength: 3 })
  .map((items): Doc => ({ kind: 'list', items }));

/** Members with one drawn to stand a second time in front, which a reader does not see. */
function withShadow(entries: readonly Entry[], shadow: Doc | undefined, at: number): readonly Entry[] {
  const shadowed = entries[at % Math.max(entries.length, 1)];
  return shadow === undefined || shadowed === undefined ? entries : [[shadowed[0], shadow], ...entries];
}

function recordOf(...members: readonly fc.Arbitrary<readonly Entry[]>[]): fc.Arbitrary<Doc> {
  return fc
    .tuple(fc.tuple(...members), fc.option(anything, { nil: undefined }), fc.nat(9))
    .chain(([groups, shadow, at]) =>
      fc
        .shuffledSubarray(groups.flat(), { minLength: groups.flat().length })
        .map((entries): Doc => ({ kind: 'record', entries: withShadow(entries, shadow, at) })),
    );
}

const member = (name: string, value: fc.Arbitrary<Doc>): fc.Arbitrary<readonly Entry[]> =>
  value.map((doc): readonly Entry[] => [[name, doc]]);
const perhaps = (name: string, value: fc.Arbitrary<Doc>): fc.Arbitrary<readonly Entry[]> =>
  fc.oneof(fc.constant([]), member(name, value));

const message = recordOf(
  member('role', fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool').map(docOf)),
  perhaps('content', fc.oneof(text, parts, nothing)),
  perhaps('__proto__', anything),
);
const messages: fc.Arbitrary<Doc> = fc
  .array(message, { minLength: 1, maxLength: 4 })
  .map((items): Doc => ({ kind: 'list', items }));

const ownText = fc.string({ minLength: 1, maxLength: 8 }).map(docOf);
const metadata: fc.Arbitrary<Doc> = fc.oneof(
  recordOf(
    perhaps('metaclaw_key', ownText),
    perhaps('metaclaw_feedback', ownText),
    perhaps('user_id', anything),
    perhaps('__proto__', anything),
  ),
  nothing,
);

const nested = fc.constant(
  docOf([{ messages: [{ role: 'system', content: 'x' }], model: 'y', metadata: { metaclaw_key: 'z' } }]),
);

const required: Readonly<Record<Dialect, readonly fc.Arbitrary<readonly Entry[]>[]>> = {
  'openai-chat': [member('messages', messages)],
  'openai-responses': [
    member('input', text),
    perhaps('instructions', fc.oneof(text, nothing, fc.constant(docOf(7)))),
  ],
  anthropic: [
    member('messages', messages),
    perhaps('system', fc.oneof(text, parts, nothing, fc.constant(docOf(7)))),
  ],
};

/** Texts of requests of a dialect that `read` takes, in all spellings, with members twice and others' members in between. */
export function requestsOf(dialect: Dialect): fc.Arbitrary<string> {
  const body = recordOf(
    member('model', fc.constantFrom('m', 'a "b"', '🙂').map(docOf)),
    ...required[dialect],
    perhaps('metadata', metadata),
    perhaps('tools', nested),
    perhaps('__proto__', anything),
    perhaps('temperature', fc.constantFrom(1, 0, -3, 1e21).map(docOf)),
    perhaps('messages2', anything),
  );
  return fc.tuple(body, choices).map(([doc, choose]) => written(doc, choose));
}
