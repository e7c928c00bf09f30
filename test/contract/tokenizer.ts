import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelMessage, ToolSpec } from '../../core/domain/model.ts';
import type { RenderedTalk, TokenizerPort } from '../../core/ports/tokenizer.ts';
import { arbitraryTalk, arbitraryTools, plainTalk, plainTools } from './tokenizer-talks.ts';

export interface TokenizerContract {
  readonly name: string;
  readonly tokenizer: TokenizerPort;
  /** Every special and added token that means something. */
  readonly markup: readonly { readonly id: number; readonly spelling: string }[];
  /** Above every id. */
  readonly vocabularySize: number;
  /** What normalisation makes of a text, and decoding does not undo. */
  normal(text: string): string;
  /** Whether the template writes tools. */
  readonly takesTools: boolean;
}

const hello: readonly ModelMessage[] = [{ role: 'user', text: 'Hello' }];

/** What every `TokenizerPort` promises whose template takes a talk and goes on with it. */
export function tokenizerContract(contract: TokenizerContract): void {
  const { tokenizer, markup, vocabularySize } = contract;
  const spellings = markup.map(({ spelling }) => spelling);
  const markupIds = new Set([...markup.map(({ id }) => id), ...tokenizer.stopIds]);
  const markupOf = (ids: Int32Array): readonly number[] => [...ids].filter((id) => markupIds.has(id));
  const talk = arbitraryTalk(spellings);
  const tools = contract.takesTools ? arbitraryTools(spellings) : fc.constant<readonly ToolSpec[]>([]);

  describe(`TokenizerPort: ${contract.name}`, () => {
    test('says what it is and where answers end', () => {
      expect(tokenizer.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(tokenizer.stopIds.length).toBeGreaterThan(0);
      expect(new Set(tokenizer.stopIds).size).toBe(tokenizer.stopIds.length);
    });

    test('no text has no ids, and no ids are no text', () => {
      expect(tokenizer.encode('')).toEqual(new Int32Array(0));
      expect(tokenizer.decode(new Int32Array(0))).toBe('');
    });

    test('the spelling of a token is text like any other', () => {
      for (const spelling of spellings) {
        const ids = tokenizer.encode(`${spelling}a ${spelling}`);
        expect(markupOf(ids), spelling).toEqual([]);
        expect(tokenizer.decode(ids)).toBe(contract.normal(`${spelling}a ${spelling}`));
      }
    });

    test('text comes back, and holds no markup', () => {
      fc.assert(
        fc.property(talk, ([message]) => {
          // Some decoders take one space away where a text begins.
          const text = `a${message?.text ?? ''}`;
          const ids = tokenizer.encode(text);
          expect(markupOf(ids)).toEqual([]);
          expect(tokenizer.decode(ids)).toBe(contract.normal(text));
          expect(tokenizer.encode(text)).toEqual(ids);
        }),
      );
    });

    test('decoding and parsing take any ids', () => {
      const id = fc.oneof(
        fc.integer({ min: 0, max: vocabularySize }),
        fc.constantFrom(...markupIds),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      );
      fc.assert(
        fc.property(fc.array(id, { maxLength: 60 }), (ids) => {
          const tokens = Int32Array.from(ids);
          expect(typeof tokenizer.decode(tokens)).toBe('string');
          const { text, toolCalls, isWhole } = tokenizer.parseAnswer(tokens);
          expect(text).toBe(text.trim());
          expect(isWhole).toBe(tokenizer.stopIds.includes(ids.at(-1) ?? -1));
          for (const call of toolCalls) expect(call.name).not.toBe('');
        }),
        { numRuns: 300 },
      );
      for (let one = 0; one <= vocabularySize; one += 1) tokenizer.parseAnswer(Int32Array.of(one));
    });

    test('every stop token ends an answer and is not said', () => {
      const ids = tokenizer.encode('All is well.');
      expect(tokenizer.parseAnswer(ids)).toEqual({ text: 'All is well.', toolCalls: [], isWhole: false });
      for (const stop of tokenizer.stopIds) {
        expect(tokenizer.parseAnswer(Int32Array.of(...ids, stop))).toEqual({
          text: 'All is well.',
          toolCalls: [],
          isWhole: true,
        });
      }
    });

    test('the same talk gives the same prompt, and is left as it is', () => {
      const messages = Object.freeze([Object.freeze({ role: 'user', text: 'Hello' } as const)]);
      const before = tokenizer.renderPrompt(messages, []);
      tokenizer.renderPrompt([{ role: 'user', text: 'Something else' }], []);
      expect(tokenizer.renderPrompt(messages, [])).toEqual(before);
      expect(tokenizer.decode(before)).toContain('Hello');
    });

    test('whatever is said, the markup of a prompt is what the template writes', () => {
      fc.assert(
        fc.property(talk, tools, (messages, specs) => {
          const hostile = tokenizer.renderPrompt(messages, specs);
          const harmless = tokenizer.renderPrompt(plainTalk(messages), plainTools(specs));
          expect(markupOf(hostile)).toEqual(markupOf(harmless));
        }),
        { numRuns: 300 },
      );
    });

    /** The talk with its answers' ids cut out of the full prompt, as a model would have said them. */
    function answerIn(messages: readonly ModelMessage[], at: number, specs: readonly ToolSpec[]) {
      const prompt = tokenizer.renderPrompt(messages.slice(0, at), specs);
      const full = tokenizer.renderPrompt(messages, specs);
      expect(full.subarray(0, prompt.length)).toEqual(prompt);
      const end = full.findIndex((id, place) => place >= prompt.length && tokenizer.stopIds.includes(id));
      return { prompt, full, answer: full.slice(prompt.length, end + 1) };
    }

    test('a talk goes on with the ids that were there, turn by turn, and is the prompt of the whole talk', () => {
      fc.assert(
        fc.property(talk, tools, (messages, specs) => {
          let before: RenderedTalk | undefined;
          for (const [at, message] of messages.entries()) {
            if (message.role !== 'assistant') continue;
            const next = messages.findIndex((later, place) => place > at && later.role === 'assistant');
            const so = messages.slice(0, next < 0 ? undefined : next);
            const { prompt, full, answer } = answerIn(so, at, specs);
            const rendered = before ?? { prompt, answer, messageCount: at };
            const longer = tokenizer.continuePrompt({ ...rendered, answer, messageCount: at }, so, specs);
            expect(longer).toEqual(full);
            if (longer !== undefined) before = { prompt: longer, answer, messageCount: so.length };
          }
        }),
        { numRuns: 150 },
      );
    });

    test('whatever was drawn stays as it was drawn, and its missing end is put in', () => {
      const drawn = fc.array(fc.integer({ min: 0, max: vocabularySize - 1 }), { maxLength: 20 });
      const messages: readonly ModelMessage[] = [
        ...hello,
        { role: 'assistant', text: 'Hi' },
        { role: 'user', text: 'Go on' },
      ];
      const { prompt, full, answer } = answerIn(messages, 1, []);
      const end = answer.at(-1) ?? -1;
      const since = full.subarray(prompt.length + answer.length);
      fc.assert(
        fc.property(drawn, (ids) => {
          const given = Int32Array.from(ids);
          const ended = given.at(-1) === end ? [] : [end];
          const longer = tokenizer.continuePrompt({ prompt, answer: given, messageCount: 1 }, messages, []);
          expect([...(longer ?? [])]).toEqual([...prompt, ...given, ...ended, ...since]);
        }),
      );
    });

    test('where no answer stands there is nothing to go on from', () => {
      const prompt = tokenizer.renderPrompt(hello, []);
      const answer = Int32Array.of(tokenizer.stopIds[0] ?? 0);
      expect(tokenizer.continuePrompt({ prompt, answer, messageCount: 1 }, hello, [])).toBeUndefined();
      expect(tokenizer.continuePrompt({ prompt, answer, messageCount: 0 }, hello, [])).toBeUndefined();
    });
  });
}
