import { toAppError } from '../domain/app-error.ts';
import type { ToolCall } from '../domain/model.ts';
import type { ToolContext, ToolPort, ToolResult } from '../ports/tool.ts';

type Prepared =
  | { readonly kind: 'prepared'; readonly name: string; readonly args: unknown }
  /** The answer is known without running anything: the call itself was wrong. */
  | { readonly kind: 'immediate'; readonly result: ToolResult };

function parseArguments(
  json: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: json.trim() === '' ? {} : JSON.parse(json) };
  } catch {
    return { ok: false };
  }
}

function prepareToolCall(call: ToolCall, tools: ToolPort): Prepared {
  const known = tools.list().some((spec) => spec.name === call.name);
  if (!known)
    return { kind: 'immediate', result: { text: `There is no tool named "${call.name}".`, isError: true } };
  const args = parseArguments(call.argumentsJson);
  if (!args.ok) {
    return {
      kind: 'immediate',
      result: { text: 'The arguments are not valid JSON. Send them again.', isError: true },
    };
  }
  return { kind: 'prepared', name: call.name, args: args.value };
}

/**
 * Runs one call of the model's. A wrong name, broken arguments and a tool's failure are results the model reads; only an
 * abort rejects (`aborted`).
 */
export async function runToolCall(
  call: ToolCall,
  tools: ToolPort,
  context: ToolContext,
  signal: AbortSignal,
): Promise<ToolResult> {
  const prepared = prepareToolCall(call, tools);
  if (prepared.kind === 'immediate') return prepared.result;
  try {
    return await tools.call(prepared.name, prepared.args, context, signal);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'aborted' || signal.aborted) throw error;
    return { text: `The tool failed: ${error.message}`, isError: true };
  }
}
