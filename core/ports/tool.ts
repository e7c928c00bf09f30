import type { ConversationAddress } from '../domain/conversation.ts';
import type { PersonId } from '../domain/ids.ts';
import type { ToolSpec } from '../domain/model.ts';

export interface ToolContext {
  readonly conversation: ConversationAddress;
  readonly askerId: PersonId;
}

/** A tool's failure is a result that the model reads, not an exception. */
export interface ToolResult {
  readonly text: string;
  readonly isError: boolean;
}

/** A set of tools. `call` never rejects but on abort (`AppError` `aborted`). */
export interface ToolPort {
  list(): readonly ToolSpec[];
  call(name: string, args: unknown, context: ToolContext, signal: AbortSignal): Promise<ToolResult>;
}
