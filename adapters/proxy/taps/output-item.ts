import type { AnswerPart } from './answer-parts.ts';
import { type JsonObject, jsonTextOf, objectsOf, textOf } from './json-values.ts';

interface CallForm {
  /** Where the item has no name of its own. */
  readonly name: string;
  /** The field that holds what the tool is asked for. */
  readonly asked: readonly string[];
}

/** Items that the caller answers, with an output that has the same `call_id`; an approval has none. */
const callForms: Readonly<Record<string, CallForm>> = {
  function_call: { name: '', asked: ['arguments'] },
  custom_tool_call: { name: '', asked: ['input'] },
  local_shell_call: { name: 'local_shell', asked: ['action'] },
  shell_call: { name: 'shell', asked: ['action'] },
  apply_patch_call: { name: 'apply_patch', asked: ['operation'] },
  computer_call: { name: 'computer', asked: ['actions', 'action'] },
  tool_search_call: { name: 'tool_search', asked: ['arguments'] },
  mcp_approval_request: { name: '', asked: ['arguments'] },
};

/** What is told of one element of `output`; undefined for nothing. */
export function outputPart(item: JsonObject): AnswerPart | undefined {
  const type = textOf(item['type']);
  if (type === 'message') return { type: 'text', text: messageTextOf(item['content']) };
  const form = Object.hasOwn(callForms, type) ? callForms[type] : undefined;
  if (form === undefined || item['execution'] === 'server') return undefined;
  const asked = form.asked.find((field) => item[field] !== undefined && item[field] !== null);
  return {
    type: 'call',
    id: textOf(item['call_id']),
    name: textOf(item['name']) || form.name,
    argumentsJson: asked === undefined ? '' : jsonTextOf(item[asked]),
  };
}

/** The call that the item is an answer to, which the server gave itself where it stands among the output; '' for none. */
export function answeredCallId(item: JsonObject): string {
  return textOf(item['type']).endsWith('_output') ? textOf(item['call_id']) : '';
}

function messageTextOf(content: unknown): string {
  return objectsOf(content)
    .map((part) => textOf(part['type'] === 'refusal' ? part['refusal'] : part['text']))
    .join('');
}
