import {
  type Action,
  CORRECTION_FORM,
  FEEDBACK_BAD,
  FEEDBACK_GOOD,
} from '../../core/domain/outbound-message.ts';
import { encodeAction } from './callback-data.ts';

export interface InlineKeyboard {
  readonly inline_keyboard: readonly (readonly { readonly text: string; readonly callback_data: string }[])[];
}

/** Telegram has no menu of a message for bots: what stands in it elsewhere is a button here. */
const CORRECT: Action = { actionId: CORRECTION_FORM, label: '✏️' };

const isRating = (row: readonly Action[]): boolean =>
  [FEEDBACK_GOOD, FEEDBACK_BAD].every((id) =>
    row.some(({ actionId, about }) => actionId === id && about === undefined),
  );

/**
 * The buttons under a message; a way to correct an answer stands beside the two that rate it. `undefined` for none.
 * Throws `invalid_input` as `encodeAction`.
 */
export function keyboardOf(actions: readonly (readonly Action[])[] | undefined): InlineKeyboard | undefined {
  const rows = (actions ?? []).filter((row) => row.length > 0);
  if (rows.length === 0) return undefined;
  const button = (action: Action) => ({ text: action.label, callback_data: encodeAction(action) });
  return {
    inline_keyboard: rows.map((row) => (isRating(row) ? [...row, CORRECT] : row).map(button)),
  };
}
