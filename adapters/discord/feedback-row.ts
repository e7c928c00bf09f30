import { AppError } from '../../core/domain/app-error.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import { type Action, FEEDBACK_BAD, FEEDBACK_GOOD } from '../../core/domain/outbound-message.ts';
import { codePoints } from './code-points.ts';
import { customId } from './custom-id.ts';

/** https://docs.discord.com/developers/components/reference */
const ACTION_ROW = 1;
const BUTTON = 2;
const SECONDARY = 2;
const maxRows = 5;
const maxButtons = 5;
const maxLabelChars = 80;

export interface ButtonComponent {
  readonly type: typeof BUTTON;
  readonly style: typeof SECONDARY;
  readonly custom_id: string;
  readonly label?: string;
  readonly emoji?: { readonly name: string };
}

export interface ActionRowComponent {
  readonly type: typeof ACTION_ROW;
  readonly components: readonly ButtonComponent[];
}

/** Shown without words: two thumbs under every answer are enough. */
const thumbs: ReadonlyMap<string, string> = new Map([
  [FEEDBACK_GOOD, '👍'],
  [FEEDBACK_BAD, '👎'],
]);

/**
 * Buttons in rows of at most five; a longer row goes on in the next. The same button twice is one, since Discord takes
 * an id once. Throws `invalid_input` for what Discord would refuse.
 */
export function actionRows(actions: readonly (readonly Action[])[] = []): readonly ActionRowComponent[] {
  const seen = new Set<string>();
  const rows = actions.flatMap((row) => {
    const buttons = row.map(buttonOf).filter(({ custom_id: id }) => !seen.has(id) && seen.add(id));
    const count = Math.ceil(buttons.length / maxButtons);
    return Array.from({ length: count }, (_, index): ActionRowComponent => {
      const components = buttons.slice(index * maxButtons, (index + 1) * maxButtons);
      return { type: ACTION_ROW, components };
    });
  });
  if (rows.length > maxRows) {
    throw new AppError(
      'invalid_input',
      `A Discord message may have ${maxRows} rows of buttons, not ${rows.length}.`,
    );
  }
  return rows;
}

function buttonOf(action: Action): ButtonComponent {
  const { actionId, about } = action;
  const id = customId({ name: actionId, ...(about === undefined ? {} : { about }) });
  if (id === undefined) {
    throw new AppError(
      'invalid_input',
      'A Discord button needs an action of a–z, 0–9, "." and "_", at most 32.',
    );
  }
  const thumb = about === undefined ? thumbs.get(actionId) : undefined;
  if (thumb !== undefined) return { type: BUTTON, style: SECONDARY, custom_id: id, emoji: { name: thumb } };
  const label = cleanText(action.label).trim();
  if (label === '' || codePoints(label) > maxLabelChars) {
    throw new AppError(
      'invalid_input',
      `A Discord button needs a label of 1 to ${maxLabelChars} characters.`,
    );
  }
  return { type: BUTTON, style: SECONDARY, custom_id: id, label };
}
