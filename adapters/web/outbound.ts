import {
  type Action,
  type AnswerNotes,
  FEEDBACK_BAD,
  FEEDBACK_GOOD,
  type OutboundMessage,
  type Picture,
} from '../../core/domain/outbound-message.ts';
import { renderHtml } from './render-html.ts';
import type { AnswerContent, Content, PersonContent, StoredPicture } from './schema.ts';

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
  readonly pictures: readonly PictureView[];
}

export interface PictureView {
  /** On this page. */
  readonly url: string;
  readonly alt: string;
  /** In its own pixels. */
  readonly width: number;
  readonly height: number;
}

/** What is stored of an answer. The vote and the pictures of an earlier state stay, its revision grows. */
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
    ...picturesOf(message, earlier),
    ...(earlier?.vote === undefined ? {} : { vote: earlier.vote }),
    revision: (earlier?.revision ?? 0) + 1,
  };
}

function picturesOf(
  { images = [] }: OutboundMessage,
  earlier: AnswerContent | undefined,
): Pick<AnswerContent, 'pictures'> {
  const pictures = earlier === undefined ? images.map(toStoredPicture) : (earlier.pictures ?? []);
  return pictures.length === 0 ? {} : { pictures: [...pictures] };
}

/** Where a PNG says how large it is: https://www.w3.org/TR/png-3/#11IHDR */
const WIDTH_AT = 16;
const HEIGHT_AT = 20;

function toStoredPicture({ alt, bytes }: Picture): StoredPicture {
  const file = Buffer.from(bytes);
  const sizeAt = (offset: number): number => (file.length < offset + 4 ? 0 : file.readUInt32BE(offset));
  return { alt, width: sizeAt(WIDTH_AT), height: sizeAt(HEIGHT_AT), data: file.toString('base64') };
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
    pictures: (content.pictures ?? []).map(({ alt, width, height }, place) => ({
      url: `/api/pictures/${encodeURIComponent(id)}/${place}`,
      alt,
      width,
      height,
    })),
  };
}
