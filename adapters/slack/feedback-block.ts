import { AppError } from '../../core/domain/app-error.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import { type Action, FEEDBACK_BAD, FEEDBACK_GOOD } from '../../core/domain/outbound-message.ts';
import type { ActionsBlock, Button, ContextActionsBlock, KnownBlock } from './client.ts';

/** The `action_id` of Slack's own feedback buttons; their values are the two feedback actions. */
export const FEEDBACK_ACTION_ID = 'feedback';

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element and …/blocks/actions-block */
const maxLabelChars = 75;
const maxActionIdChars = 255;
const maxValueChars = 2_000;
const maxButtons = 25;

const isFeedback = ({ actionId, about }: Action): boolean =>
  (actionId === FEEDBACK_GOOD || actionId === FEEDBACK_BAD) && about === undefined;

/**
 * What stands below the words: a row of buttons for each row of actions, and last Slack's own feedback buttons where
 * both feedback actions are asked for. Throws `invalid_input` for a button that Slack would refuse.
 */
export function actionBlocks(actions: readonly (readonly Action[])[] = []): readonly KnownBlock[] {
  const feedback = actions.flat().filter(isFeedback);
  const hasFeedback =
    feedback.some(({ actionId }) => actionId === FEEDBACK_GOOD) &&
    feedback.some(({ actionId }) => actionId === FEEDBACK_BAD);
  const rows = hasFeedback ? actions.map((row) => row.filter((action) => !isFeedback(action))) : actions;
  return [...rows.flatMap(buttonRows), ...(hasFeedback ? [feedbackBlock()] : [])];
}

function feedbackBlock(): ContextActionsBlock {
  return {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: FEEDBACK_ACTION_ID,
        positive_button: {
          text: { type: 'plain_text', text: 'Good answer' },
          accessibility_label: 'Say that this answer was good',
          value: FEEDBACK_GOOD,
        },
        negative_button: {
          text: { type: 'plain_text', text: 'Bad answer' },
          accessibility_label: 'Say that this answer was bad',
          value: FEEDBACK_BAD,
        },
      },
    ],
  };
}

/** One block, or more where the row is too long for one or names an action twice, which no block may. */
function buttonRows(row: readonly Action[]): readonly ActionsBlock[] {
  const blocks: { readonly ids: Set<string>; readonly buttons: Button[] }[] = [];
  for (const action of row) {
    const last = blocks.at(-1);
    if (last === undefined || last.buttons.length >= maxButtons || last.ids.has(action.actionId)) {
      blocks.push({ ids: new Set([action.actionId]), buttons: [buttonOf(action)] });
    } else {
      last.ids.add(action.actionId);
      last.buttons.push(buttonOf(action));
    }
  }
  return blocks.map(({ buttons }) => ({ type: 'actions', elements: buttons }));
}

function buttonOf({ actionId, label, about }: Action): Button {
  const text = cleanText(label).trim();
  if (text === '' || text.length > maxLabelChars) {
    throw new AppError('invalid_input', `A Slack button needs a label of 1 to ${maxLabelChars} characters.`);
  }
  if (actionId === '' || actionId.length > maxActionIdChars) {
    throw new AppError('invalid_input', `A Slack action id may have 1 to ${maxActionIdChars} characters.`);
  }
  const value = about === undefined ? undefined : JSON.stringify(about);
  if (value !== undefined && value.length > maxValueChars) {
    throw new AppError('invalid_input', `What a Slack button is about may have ${maxValueChars} characters.`);
  }
  return {
    type: 'button',
    action_id: actionId,
    text: { type: 'plain_text', text, emoji: true },
    ...(value === undefined ? {} : { value }),
  };
}
