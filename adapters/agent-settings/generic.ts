import { type ConnectTarget, currentModel, placeholderKey } from './agent-settings.ts';

/** A word that a POSIX shell takes as it is. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Lines for a POSIX shell. The variables are those that the official SDKs read: `OPENAI_BASE_URL` with `/v1` and
 * `OPENAI_API_KEY` (https://github.com/openai/openai-node, src/client.ts), `ANTHROPIC_BASE_URL` without it and
 * `ANTHROPIC_API_KEY` (https://github.com/anthropics/anthropic-sdk-typescript, src/client.ts).
 */
export function genericLines({ address, key = placeholderKey, model = currentModel }: ConnectTarget): string {
  const question = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  return [
    `export OPENAI_BASE_URL=${quoted(`${address}/v1`)}`,
    `export OPENAI_API_KEY=${quoted(key)}`,
    `export ANTHROPIC_BASE_URL=${quoted(address)}`,
    `export ANTHROPIC_API_KEY=${quoted(key)}`,
    '# To try it:',
    `curl ${quoted(`${address}/v1/chat/completions`)} -H 'content-type: application/json' -H ${quoted(`authorization: Bearer ${key}`)} -d ${quoted(question)}`,
    '',
  ].join('\n');
}
