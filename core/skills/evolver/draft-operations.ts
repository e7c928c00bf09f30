import type { AppError } from '../../domain/app-error.ts';
import type { ModelMessage } from '../../domain/model.ts';
import type { SkillOperation } from '../../domain/skill-operation.ts';
import { type AskDeps, askModel } from './ask-model.ts';
import { evolverPrompt, evolverResponseFormat, repairRequest } from './evolver-prompt.ts';
import { readEvolverReply } from './evolver-reply.ts';
import type { EvolverMaterial } from './gather.ts';

/** What the evolver wants. `unusable`: nothing, as its reply could not be read, or the model did not take the words; why, as a sentence. */
export type DraftEnd =
  | { readonly kind: 'operations'; readonly operations: readonly SkillOperation[]; readonly why?: string }
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' }
  | { readonly kind: 'stopped' };

/** A few skills are short; a model that thinks first needs more. */
const maxOutputTokens = 8_000;
/** Said for a reply of no words: servers take no empty message. */
const noWords = '(nothing)';

/** Asks the evolver; a reply that cannot be used is sent back once, with what it lacks. */
export async function draftOperations(
  material: EvolverMaterial,
  mark: string,
  maxBodyTokens: number,
  deps: AskDeps,
  signal: AbortSignal,
): Promise<DraftEnd> {
  const context = {
    known: new Set<string>(material.shown.map(({ name }) => name)),
    maxBodyTokens,
  };
  const ask = (messages: readonly ModelMessage[]) =>
    askModel({ messages, tools: [], maxOutputTokens, responseFormat: evolverResponseFormat }, deps, signal);
  let messages = evolverPrompt(material, mark, maxBodyTokens);
  for (let tries = 1; ; tries += 1) {
    const asked = await ask(messages);
    if (asked.kind === 'refused') return { kind: 'unusable', why: asked.error.message };
    if (asked.kind !== 'said') return asked;
    const reply = readEvolverReply(asked.text, context);
    if (!('error' in reply)) return { kind: 'operations', ...reply };
    if (tries === 2) return { kind: 'unusable', why: reply.error };
    messages = [
      ...messages,
      { role: 'assistant', text: asked.text.trim() === '' ? noWords : asked.text },
      { role: 'user', text: repairRequest(reply.error) },
    ];
  }
}
