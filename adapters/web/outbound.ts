import {
  type Action,
  type AnswerNotes,
  FEEDBACK_BAD,
  FEEDBACK_GOOD,
  type OutboundMessage,
} from '../../core/domain/outbound-message.ts';
import { renderHtml } from './render-html.ts';
import type { AnswerContent, Content, PersonContent } from './schema.ts';

/** A message as the page gets it. `html` is made of our own elements only; everything else is plain text. */
export type MessageView = PersonView | AnswerView;

interface ViewBase {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** A reader that has seen a higher one keeps that. */
  readonly revision: number;
}

export interface PersonView extends ViewBase {
  readonly from: 'person';
  readonly text: string;
  readonly accepted: boolean;
}

export interface AnswerView extends ViewBase {
  readonly from: 'bot';
  readonly html: string;
  readonly final: boolean;
  readonly private: boolean;
  /** Buttons but those for feedback. */
  readonly actions: readonly (readonly Action[])[];
  readonly canVote: boolean;
  readonly vote: 'good' | 'bad' | null;
  readonly notes: AnswerNotes | null;
}

/** What is stored of an answer. The vote of an earlier state stays, its revision grows. */
export function toAnswerContent(
  message: OutboundMessage,
  isPrivate: boolean,
  earlier: AnswerContent | undefined,
): AnswerContent {
  return {
    kind: 'answer',
    body: { blocks: [...message.body.blocks] },
    final: message.final ?? true,
    private: isPrivate,
    actions: (message.actions ?? []).map((row) => row.map((action) => ({ ...action }))),
    ...(message.notes === undefined ? {} : { notes: copyNotes(message.notes) }),
    ...(earlier?.vote === undefined ? {} : { vote: earlier.vote }),
    revision: (earlier?.revision ?? 0) + 1,
  };
}

function copyNotes(notes: AnswerNotes): NonNullable<AnswerContent['notes']> {
  return {
    model: notes.model,
    skills: notes.skills.map((skill) => ({ ...skill, because: [...skill.because] })),
  };
}

export function toView(id: string, at: number, content: Content): MessageView {
  return content.kind === 'person' ? personView(id, at, content) : answerView(id, at, content);
}

function personView(id: string, at: number, content: PersonContent): PersonView {
  const { text, accepted, revision } = content;
  return { id, at, revision, from: 'person', text, accepted };
}

function answerView(id: string, at: number, content: AnswerContent): AnswerView {
  const isFeedback = (action: Action): boolean =>
    action.actionId === FEEDBACK_GOOD || action.actionId === FEEDBACK_BAD;
  return {
    id,
    at,
    revision: content.revision,
    from: 'bot',
    html: renderHtml(content.body),
    final: content.final,
    private: content.private,
    actions: content.actions
      .map((row) => row.filter((action) => !isFeedback(action)))
      .filter((row) => row.length > 0),
    canVote: content.actions.some((row) => row.some(isFeedback)),
    vote: content.vote?.name ?? null,
    notes: content.notes ?? null,
  };
}
