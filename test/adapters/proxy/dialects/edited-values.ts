import type { RequestChanges } from '../../../../adapters/proxy/dialect-port.ts';
import type { Dialect } from '../../../../core/domain/dialect.ts';

type Json = Record<string, unknown>;

/** What `edit` promises, told of values and not of bytes. */
export function editedValue(dialect: Dialect, parsed: unknown, changes: RequestChanges): unknown {
  const body: unknown = structuredClone(parsed);
  if (!isJson(body)) throw new Error('no object');
  if (changes.model !== undefined) body['model'] = changes.model;
  if (changes.block !== '') addBlock[dialect](body, changes.block);
  takeOwn(body);
  return body;
}

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joined = (before: string, block: string): string => (before === '' ? block : `${before}\n\n${block}`);

function takeOwn(body: Json): void {
  const metadata = body['metadata'];
  if (!isJson(metadata)) return;
  if (!('metaclaw_key' in metadata) && !('metaclaw_feedback' in metadata)) return;
  delete metadata['metaclaw_key'];
  delete metadata['metaclaw_feedback'];
  if (Object.keys(metadata).length === 0) delete body['metadata'];
}

/** Adds to a member that is a text, or parts where the dialect has those; sets one that is null or absent. */
function addTo(holder: Json, name: string, block: string, hasParts: boolean): void {
  const before = holder[name];
  if (typeof before === 'string') holder[name] = joined(before, block);
  else if (hasParts && Array.isArray(before)) before.push({ type: 'text', text: block });
  else if (before === undefined || before === null) holder[name] = block;
}

const addBlock: Readonly<Record<Dialect, (body: Json, block: string) => void>> = {
  'openai-chat': (body, block) => {
    const messages = body['messages'];
    if (!Array.isArray(messages)) throw new Error('no messages');
    const first: unknown = messages[0];
    const isSystem = isJson(first) && (first['role'] === 'system' || first['role'] === 'developer');
    if (isSystem && (typeof first['content'] === 'string' || Array.isArray(first['content']))) {
      addTo(first, 'content', block, true);
    } else {
      messages.unshift({ role: 'system', content: block });
    }
  },
  'openai-responses': (body, block) => addTo(body, 'instructions', block, false),
  anthropic: (body, block) => addTo(body, 'system', block, true),
};
