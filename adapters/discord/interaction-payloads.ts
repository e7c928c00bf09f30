import { formView } from './form-view.ts';
import type { InteractionPayloads } from './interactions.ts';
import { answerPayload, choicesPayload } from './outbound.ts';

/** What is put into answers to commands, buttons and forms. */
export const interactionPayloads: InteractionPayloads = {
  message: answerPayload,
  note: (words) =>
    answerPayload(
      {
        body: { blocks: [{ type: 'paragraph', children: [{ type: 'text', text: words }] }] },
        sendKey: 'note',
      },
      true,
    ),
  choices: choicesPayload,
  form: formView,
};
