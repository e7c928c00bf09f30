import type { ModelMessage, ModelRequest } from '../../../core/domain/model.ts';
import { estimateTokens } from '../../../core/domain/tokens.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { blocksIn, type PromptBlock, skillBodiesIn } from './prompt-blocks.ts';
import { answerWith, skillFor, type Topic, topicIn, topics, valueIn } from './topics.ts';

/** Of a hundred drafts so many get a wrong value: it is no better than real ones. */
const evolverErrs = 15;
/** Of a hundred comparisons so many end the wrong way round. */
const judgeErrs = 10;

const textOf = (messages: readonly ModelMessage[], role: ModelMessage['role']): string =>
  messages.findLast((message) => message.role === role)?.text ?? '';

/**
 * Follows a rule only if the rule is in its prompt: the last one given on the topic of the request. Without one it does what
 * it does by itself.
 */
export function answerTo(messages: readonly ModelMessage[]): string {
  const topic = topicIn(textOf(messages, 'user'));
  if (topic === undefined) return 'What is this about?';
  const system = messages.flatMap(({ role, text }) => (role === 'system' ? [text] : [])).join('\n');
  const rules = skillBodiesIn(system).filter((body) => topicIn(body) === topic);
  return answerWith(topic, rules.map((body) => valueIn(topic, body)).findLast(Boolean) ?? topic.values[0]);
}

/** The value that most of these texts ask for on a topic; of equally many the one named first. */
function askedFor(topic: Topic, texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const value = topicIn(text) === topic ? valueIn(topic, text) : undefined;
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

function mostFrequentTopic(texts: readonly string[]): Topic | undefined {
  const counted = topics.map((topic) => ({
    topic,
    count: texts.filter((text) => topicIn(text) === topic).length,
  }));
  const best = counted.toSorted((a, b) => b.count - a.count)[0];
  return best === undefined || best.count === 0 ? undefined : best.topic;
}

const isRequest = ({ title }: PromptBlock): boolean => /^failed answer \d+: the request$/.test(title);
const isHint = ({ title }: PromptBlock): boolean =>
  /^failed answer \d+: /.test(title) && !/: the (?:request|answer)$/.test(title);

function operation(op: string, names: readonly string[], drafts: readonly unknown[], why: string): string {
  return JSON.stringify({ operations: [{ op, names, drafts, why }] });
}

/**
 * Reads the evolver's real prompt and replies in the real form: what most people asked for on the most frequent topic, as
 * an edit where a skill on it was shown. Without anybody's words it sees nothing to change.
 */
export function draftFrom(messages: readonly ModelMessage[], random: SeededRandom): string {
  const blocks = blocksIn(messages.findLast(({ text }) => blocksIn(text).length > 0)?.text ?? '');
  const topic = mostFrequentTopic(blocks.filter(isRequest).map(({ text }) => text));
  const wanted =
    topic &&
    askedFor(
      topic,
      blocks.filter(isHint).map(({ text }) => text),
    );
  if (topic === undefined || wanted === undefined)
    return operation('none', [], [], 'nobody said what was wrong');
  const isWrong = random.below(100) < evolverErrs;
  const value = isWrong ? random.pick(topic.values.filter((other) => other !== wanted)) : wanted;
  const known = blocks.findLast(({ title, text }) => title.startsWith('skill ') && topicIn(text) === topic);
  if (known === undefined) return operation('add', [], [skillFor(topic, value)], 'people want it so');
  if (valueIn(topic, known.text) === value) return operation('none', [], [], 'the skill says so already');
  const name = known.title.slice('skill '.length);
  return operation('edit', [name], [{ ...skillFor(topic, value), name }], 'people want it otherwise');
}

/** Another way to ask the same. */
export function paraphraseOf(messages: readonly ModelMessage[], random: SeededRandom): string {
  const request = blocksIn(textOf(messages, 'user'))[0]?.text ?? '';
  const others = topicIn(request)?.phrasings.filter((phrasing) => phrasing !== request) ?? [];
  return JSON.stringify({ request: others.length === 0 ? `${request} Thank you.` : random.pick(others) });
}

/** What anybody can know of the answer that a comparison is about. */
export interface EarlierAnswer {
  readonly text: string;
  /** It was rated well. */
  readonly isGood: boolean;
}

/**
 * Compares by what people said: the answer that heeds their words or, where nobody found fault, the one that says what the
 * good one said. It knows nothing of what people want and did not say.
 */
export function voteOn(
  messages: readonly ModelMessage[],
  earlier: EarlierAnswer | undefined,
  random: SeededRandom,
): string {
  const blocks = blocksIn(textOf(messages, 'user'));
  const named = (title: string): string => blocks.find((block) => block.title === title)?.text ?? '';
  const topic = topicIn(named('the request'));
  const hints = blocks.filter(({ title }) => title.startsWith('the person said')).map(({ text }) => text);
  const good = earlier?.isGood === true ? earlier.text : undefined;
  const wanted = topic && (hints.length > 0 ? askedFor(topic, hints) : good && valueIn(topic, good));
  const heeds = (title: string): boolean =>
    topic !== undefined && wanted !== undefined && valueIn(topic, named(title)) === wanted;
  const [a, b] = [heeds('answer A'), heeds('answer B')];
  const right = a === b ? 'tie' : a ? 'A' : 'B';
  const isWrong = random.below(100) < judgeErrs;
  const wrong = right === 'tie' ? random.pick(['A', 'B']) : right === 'A' ? 'B' : 'A';
  return JSON.stringify({ better: isWrong ? wrong : right });
}

/** A model that counts how often it was asked. */
export interface CountingModel extends ModelPort {
  calls(): number;
}

/** The stand-in behind the port through which models are asked. */
export function modelOf(name: string, reply: (request: ModelRequest) => string): CountingModel {
  let calls = 0;
  return {
    description: `${name} stand-in`,
    calls: () => calls,
    async *stream(request) {
      calls += 1;
      const text = reply(request);
      yield { type: 'started', model: name };
      yield { type: 'text', text };
      const inputTokens = request.messages.reduce((sum, message) => sum + estimateTokens(message.text), 0);
      const usage = { inputTokens, outputTokens: estimateTokens(text) };
      yield { type: 'completed', finishReason: 'stop', usage };
    },
  };
}
