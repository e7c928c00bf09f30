import type { DraftText } from '../../domain/skill-operation.ts';

/** One of the texts of a draft. */
export interface DraftField {
  readonly kind: 'name' | 'description' | 'trigger' | 'body';
  /** How a sentence begins that is about it: `The description`. */
  readonly title: string;
  readonly text: string;
}

/** Every text of a draft, in the order of a file. */
export function draftFields({ name, description, triggers, body }: DraftText): readonly DraftField[] {
  return [
    { kind: 'name', title: 'The name', text: name },
    { kind: 'description', title: 'The description', text: description },
    ...triggers.map((text, index): DraftField => ({ kind: 'trigger', title: `Trigger ${index + 1}`, text })),
    { kind: 'body', title: 'The instructions', text: body },
  ];
}

/** How a sentence begins that is about one place: `Line 3 of the instructions`. */
export function placeIn({ kind, title, text }: DraftField, offset: number): string {
  if (kind !== 'body') return title;
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return `Line ${line} of the instructions`;
}
