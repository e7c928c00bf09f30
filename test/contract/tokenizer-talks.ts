import fc from 'fast-check';
import type { ModelMessage, ToolSpec } from '../../core/domain/model.ts';

/** Texts that try to be markup: whole spellings, halves of them, look-alikes, and anything else there is. */
export function arbitraryHostileText(spellings: readonly string[]): fc.Arbitrary<string> {
  const spelling = fc.constantFrom(...spellings);
  const cut = fc.nat({ max: 30 });
  const part = fc.oneof(
    spelling,
    fc.tuple(spelling, cut).map(([text, at]) => text.slice(0, at % (text.length + 1))),
    fc.tuple(spelling, cut).map(([text, at]) => text.slice(at % (text.length + 1))),
    fc.tuple(spelling, spelling, cut).map(([outer, inner, at]) => {
      const place = at % (outer.length + 1);
      return outer.slice(0, place) + inner + outer.slice(place);
    }),
    spelling.map((text) =>
      text.replaceAll(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
    ),
    spelling.map((text) => text.toUpperCase()),
    fc.constantFrom(' ', '\n', '\n\n', '\t', '  ', 'a', '<', '>', '|', '"', '\\', '{{', '{%', 'e\u0301'),
    fc.constantFrom('\ue000', '\ue001', '\uf8ff', '\u{f0000}', '\u{10fffd}', '\ufdd0', '\ud800', '\udc00'),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.lorem({ maxCount: 6 }),
  );
  return fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
}

/**
 * A talk that every template takes: the person and the model in turn, the person first and last. Answers begin with a
 * letter, as what stands before them ends a word.
 */
export function arbitraryTalk(spellings: readonly string[]): fc.Arbitrary<readonly ModelMessage[]> {
  const text = arbitraryHostileText(spellings);
  return fc.tuple(text, fc.array(fc.tuple(text, text), { maxLength: 3 })).map(([first, turns]) => [
    { role: 'user', text: first },
    ...turns.flatMap(([said, then]): readonly ModelMessage[] => [
      { role: 'assistant', text: `A${said}` },
      { role: 'user', text: then },
    ]),
  ]);
}

export function arbitraryTools(spellings: readonly string[]): fc.Arbitrary<readonly ToolSpec[]> {
  const text = arbitraryHostileText(spellings);
  const json = fc.oneof(
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(text, { maxLength: 2 }),
  );
  const parameters = fc.dictionary(text, fc.oneof(json, fc.dictionary(text, json, { maxKeys: 2 })), {
    maxKeys: 3,
  });
  return fc.array(fc.record({ name: text, description: text, parameters }), { maxLength: 2 });
}

/** The same talk in harmless words. */
export function plainTalk(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  return messages.map((message) => ({ ...message, text: message.text === '' ? '' : 'x' }));
}

/** As many tools that harm nobody. */
export function plainTools(tools: readonly ToolSpec[]): readonly ToolSpec[] {
  return tools.map(() => ({ name: 'x', description: 'x', parameters: {} }));
}
