import type { MessageRef } from '../domain/message-ref.ts';
import { CORRECTION_FORM, REASON_FORM } from '../domain/outbound-message.ts';
import type { Form } from '../ports/channel.ts';

const longestReasonChars = 1_000;
const longestCorrectionChars = 3_000;

/**
 * Why an answer was bad. `wrong`: its content. `unwelcome`: not its content but its tone, its length, or that it was
 * given at all. What follows the dot tells them further apart.
 */
export const reasonNames = ['wrong', 'unwelcome.length', 'unwelcome.tone', 'unwelcome.uncalled'] as const;
export type ReasonName = (typeof reasonNames)[number];

const reasonLabels: Readonly<Record<ReasonName, string>> = {
  wrong: 'The content: wrong, made up, or not what I asked',
  'unwelcome.length': 'The length: too long or too short',
  'unwelcome.tone': 'The tone',
  'unwelcome.uncalled': 'It should not have answered here',
};

export function isReasonName(name: string | undefined): name is ReasonName {
  return reasonNames.some((known) => known === name);
}

/** The two outcomes that reasons come down to. */
export function outcomeOf(name: string): 'wrong' | 'unwelcome' | undefined {
  if (!isReasonName(name)) return undefined;
  return name === 'wrong' ? 'wrong' : 'unwelcome';
}

/** The form behind a form id or the action that opens it; `undefined` for any other. */
export function feedbackForm(formId: string, about: MessageRef): Form | undefined {
  if (formId === REASON_FORM) return reasonForm(about);
  return formId === CORRECTION_FORM ? correctionForm(about) : undefined;
}

export function isFeedbackForm(formId: string): boolean {
  return formId === REASON_FORM || formId === CORRECTION_FORM;
}

function reasonForm(about: MessageRef): Form {
  return {
    formId: REASON_FORM,
    title: 'What was wrong?',
    about,
    submitLabel: 'Send',
    fields: [
      {
        fieldId: 'reason',
        label: 'What was wrong with the answer?',
        kind: 'choice',
        choices: reasonNames.map((value) => ({ value, label: reasonLabels[value] })),
        required: true,
      },
      {
        fieldId: 'words',
        label: 'In your words, if you like',
        kind: 'text',
        maxChars: longestReasonChars,
        required: false,
      },
    ],
  };
}

function correctionForm(about: MessageRef): Form {
  return {
    formId: CORRECTION_FORM,
    title: 'Correct this answer',
    about,
    submitLabel: 'Send',
    fields: [
      {
        fieldId: 'words',
        label: 'The better answer, or the rule that it missed',
        kind: 'text',
        maxChars: longestCorrectionChars,
        placeholder: 'Invoices are in euros here, never in dollars.',
        required: true,
      },
    ],
  };
}
