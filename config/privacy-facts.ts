import type { PrivacyRecipient, PrivacyReport } from '../core/commands/context.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';

/** What of prompts is kept, and for how long, for `/privacy`. */
export function promptsKept(
  keepsPrompts: boolean,
  days: number,
): Pick<PrivacyReport, 'keepsPrompts' | 'retention'> {
  if (!keepsPrompts) return { keepsPrompts, retention: [] };
  return {
    keepsPrompts,
    retention: [
      `Until the operator deletes it. What the model was given, where that is kept: ${days === 1 ? 'one day' : `${days} days`} at most`,
    ],
  };
}

/** Who outside this process gets people's words, for `/privacy`. */
export function modelRecipients({ server }: ModelChoice): readonly PrivacyRecipient[] {
  if (server === undefined) return [];
  return [
    {
      what: 'the model',
      receives: 'your messages, the recent conversation, and the skills that fit',
      ...placeOf(server),
    },
  ];
}
