import type { ResponseFormat } from '../../domain/model.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import { type AskDeps, type Asked, askModel } from '../evolver/ask-model.ts';
import { objectsBeginningWith } from '../evolver/json-object.ts';
import { quoted, quotedRules } from '../evolver/quoted.ts';

const format: ResponseFormat = {
  name: 'other_words',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['request'],
    properties: { request: { type: 'string' } },
  },
};

const maxOutputTokens = 4_000;
/** A longer request is put into other words only in part, and that is another one: it stays as it is. */
const shownTokens = 2_000;
/** A request may grow in other words, not become another one. */
const longestGrowth = 3;
const roomChars = 200;

export type Paraphrase =
  /** Absent: none that could be used. */
  { readonly kind: 'made'; readonly text?: string } | Exclude<Asked, { kind: 'said' | 'refused' }>;

/** The same request in other words, so that a draft is not tried on the very words it was made from. */
export async function paraphrase(
  request: string,
  mark: string,
  deps: AskDeps,
  signal: AbortSignal,
): Promise<Paraphrase> {
  if (estimateTokens(request) > shownTokens) return { kind: 'made' };
  const form = 'Reply with one JSON object and nothing else: {"request": string}.';
  const rules = [
    'You put a request that somebody wrote to an assistant into other words, in the same language: the same task with all its facts, numbers, names and pasted text, worded as another person would.',
    ...quotedRules('The request', mark),
    'Do not answer it.',
    form,
  ];
  const asked = await askModel(
    {
      messages: [
        { role: 'system', text: rules.join('\n') },
        { role: 'user', text: `${quoted('the request', request, shownTokens, mark)}\n\n${form}` },
      ],
      tools: [],
      maxOutputTokens,
      responseFormat: format,
    },
    deps,
    signal,
  );
  if (asked.kind === 'refused') return { kind: 'made' };
  if (asked.kind !== 'said') return asked;
  const text = readParaphrase(asked.text, request);
  return { kind: 'made', ...(text === undefined ? {} : { text }) };
}

/** The new words; `undefined` where there are none, far too many, or the same again. */
export function readParaphrase(reply: string, request: string): string | undefined {
  const [json, ...more] = objectsBeginningWith('request', reply);
  if (json === undefined || more.length > 0) return undefined;
  const text = requestIn(json);
  if (text === undefined || text === '' || bare(text) === bare(request)) return undefined;
  return text.length > request.length * longestGrowth + roomChars ? undefined : text;
}

function requestIn(json: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null || !('request' in parsed)) return undefined;
    return typeof parsed.request === 'string' ? parsed.request.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Letters and digits alone: other signs and cases are no other words. */
const bare = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');
