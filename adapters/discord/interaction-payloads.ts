import { formView } from './form-view.ts';
import type { InteractionPayloads } from './interactions.ts';
import { choicesPayload, followUpPayload } from './outbound.ts';

/** What is put into answers to commands, buttons and forms. */
export const interactionPayloads: InteractionPayloads = {
  message: (message, isPrivate) => followUpPayload(message, isPrivate),
  note: (words) =>
    followUpPayload(
      {
        body: { blocks: [{ type: 'paragraph', children: [{ type: 'text', text: words }] }] },
        sendKey: 'note',
      },
      true,
    ),
  choices(choices, prefix) {
    const answer = choicesPayload(choices, prefix);
    return 'data' in answer ? answer.data : {};
  },
  form: (form) => formView(form),
};
