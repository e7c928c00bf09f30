import * as z from 'zod';

const modelList = z.looseObject({
  object: z.literal('list'),
  data: z.array(z.looseObject({ id: z.string().min(1).max(300) })).max(10_000),
});

/** Words in the names of models that do not chat: embeddings, rerankers, speech, pictures, safety. */
const otherTrades =
  /embed|rerank|\b(bge|e5|gte|minilm|jina|clip|siglip|whisper|tts|asr|kokoro|parakeet|bark)\b|stable-?diffusion|\bflux\b|guard\b|moderation|sdxl/i;

/** The first chat model of a `/v1/models` answer; undefined when the text is no such answer or names none. */
export function firstChatModel(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = modelList.safeParse(value);
  // Letters between dashes, slashes and underscores are words here.
  return list.data?.data.find((model) => !otherTrades.test(model.id.replaceAll('_', '-')))?.id;
}
