import type { Document } from './document.ts';
import type { MessageRef } from './message-ref.ts';

/** One message to be shown. At most `maxTextChars` of its channel by that channel's `measure`. */
export interface OutboundMessage {
  readonly body: Document;
  /** The same key on every attempt of the same send; channels with `hasSendKeys` show the message once. */
  readonly sendKey: string;
  readonly replyTo?: MessageRef;
  /** Rows of buttons; ignored by channels without `canShowActions`. */
  readonly actions?: readonly (readonly Action[])[];
  /** What stands under a finished answer; ignored by channels without `canShowNotes`. */
  readonly notes?: AnswerNotes;
  /** Shown below the text, at most 4; ignored by channels without `canShowImages`. */
  readonly images?: readonly Picture[];
  /** False while more text of this message will come. Default true. */
  readonly final?: boolean;
}

export interface Action {
  /** At most 32 bytes, of a–z, 0–9, `.` and `_`. `feedback.good` and `feedback.bad` come back as signals. */
  readonly actionId: string;
  readonly label: string;
  /** The message that the button is about, where it does not stand on that one. Only for channels with `canOpenForms`. */
  readonly about?: MessageRef;
}

/** A picture that stands in the message. */
export interface Picture {
  /** With its ending: `skill-stats.png`. */
  readonly fileName: string;
  readonly mediaType: 'image/png';
  /** At most 2 MB. */
  readonly bytes: Uint8Array;
  /** What it shows, for those who cannot see it. At most 300 characters. */
  readonly alt: string;
}

export interface AnswerNotes {
  readonly model: string;
  readonly skills: readonly SkillNote[];
}

/** Which skill an answer was given, and why. */
export interface SkillNote {
  readonly name: string;
  readonly version: number;
  /** Relevance to the person's words, 0 to 1. */
  readonly score: number;
  /** The words of the person that led to it, most telling first. */
  readonly because: readonly string[];
}

export const FEEDBACK_GOOD = 'feedback.good';
export const FEEDBACK_BAD = 'feedback.bad';
/** The form that asks what was wrong with an answer. Also the id of the button that opens it. */
export const REASON_FORM = 'feedback.reason';
/** The form that asks what an answer should have been. Also the id of the menu entry that opens it. */
export const CORRECTION_FORM = 'answer.correct';
/** The button that opens the text of a draft in a form; behind the name stands which one. */
const draftToEdit = /^skill\.edit\.[0-9a-f]+$/;

const formActions: ReadonlySet<string> = new Set([FEEDBACK_BAD, REASON_FORM, CORRECTION_FORM]);

/** Whether core may answer a button or menu entry with a form. Some platforms take a form as the first answer only. */
export function mayOpenForm(actionId: string): boolean {
  return formActions.has(actionId) || draftToEdit.test(actionId);
}
