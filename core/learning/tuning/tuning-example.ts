import type { TurnId } from '../../domain/ids.ts';
import type { ModelMessage } from '../../domain/model.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import { secretSpans } from '../../skills/gates/secret-spans.ts';

/** One line of training data. */
export interface TuningExample {
  /** Whose answers stand in it; of a pair the preferred one's first. */
  readonly turnIds: readonly TurnId[];
  /** One JSON object without a line break. */
  readonly line: string;
  /** About how many tokens are read and learned from it in one pass over the data. */
  readonly tokens: number;
  /** Of them those of the longest talk in it. */
  readonly longestTokens: number;
}

/** Only what every provider takes for training: words of people, the bot and its instructions. */
type PlainMessage = Extract<ModelMessage, { role: 'system' | 'user' | 'assistant' }>;

const isPlain = (message: ModelMessage): message is PlainMessage =>
  message.role !== 'tool' && (message.role !== 'assistant' || (message.toolCalls ?? []).length === 0);

/**
 * The messages of a prompt that can be trained on; `undefined` where tools were called in it, whose descriptions are not
 * stored, where a message is blank, or where it does not end with a person's words.
 */
export function plainPrompt(messages: readonly ModelMessage[]): readonly PlainMessage[] | undefined {
  const plain = messages.filter(isPlain).filter(({ text }) => text.trim() !== '');
  return plain.length === messages.length && plain.at(-1)?.role === 'user' ? plain : undefined;
}

/**
 * Whether an example would teach a secret. In answers addresses of people count as well: they are what is learned by heart,
 * and a model may tell them to anybody. In a prompt, which is only read, they do not.
 */
export function holdsSecret(prompt: readonly ModelMessage[], answers: readonly string[]): boolean {
  return (
    answers.some((answer) => secretSpans(answer).length > 0) ||
    prompt.some(({ text }) => secretSpans(text).some(({ severity }) => severity === 'refuse'))
  );
}

const tokensOf = (prompt: readonly PlainMessage[]): number =>
  prompt.reduce((sum, { text }) => sum + estimateTokens(text), 0);

/**
 * An answer to learn by heart: `{messages}`, the answer last. Answers of the history have weight 0, else they would be
 * learned too, whatever was said of them.
 */
export function supervisedExample(
  turnId: TurnId,
  prompt: readonly PlainMessage[],
  answer: string,
): TuningExample {
  const history = prompt.map(({ role, text }) =>
    role === 'assistant' ? { role, content: text, weight: 0 } : { role, content: text },
  );
  const messages = [...history, { role: 'assistant', content: answer }];
  const tokens = tokensOf(prompt) + estimateTokens(answer);
  return { turnIds: [turnId], line: JSON.stringify({ messages }), tokens, longestTokens: tokens };
}

/** One side of a pair. */
export interface RivalAnswer {
  readonly turnId: TurnId;
  readonly text: string;
}

/** Two answers to the same prompt: `{input: {messages}, preferred_output, non_preferred_output}`. Each is read with its prompt. */
export function preferenceExample(
  prompt: readonly PlainMessage[],
  preferred: RivalAnswer,
  other: RivalAnswer,
): TuningExample {
  const output = ({ text }: RivalAnswer): readonly unknown[] => [{ role: 'assistant', content: text }];
  const lengths = [preferred, other].map(({ text }) => tokensOf(prompt) + estimateTokens(text));
  return {
    turnIds: [preferred.turnId, other.turnId],
    line: JSON.stringify({
      input: { messages: prompt.map(({ role, text }) => ({ role, content: text })) },
      preferred_output: output(preferred),
      non_preferred_output: output(other),
    }),
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    longestTokens: Math.max(...lengths),
  };
}
