import { toAppError } from '../../core/domain/app-error.ts';
import { missing } from './errors.ts';
import type { HttpCall, HttpReply } from './http.ts';
import type { EngineProfile } from './profiles.ts';
import type { Transport } from './transport.ts';

/** One failure over a call may be another's, three are over what it asks for: on some engines, over what they do not have. */
const failuresOverOne = 3;

/** Those that only ask. What was to change something and failed may still be there. */
const questions: ReadonlySet<string> = new Set([
  'get_info',
  'samplers',
  'weights_info',
  'training_runs',
  'checkpoints',
]);

/** A call about something by its name, which may be made again. What a question asks for and the engine does not have is `not_found`. */
export async function ask(
  { crashesOnUnknown }: Pick<EngineProfile, 'crashesOnUnknown'>,
  transport: Transport,
  call: HttpCall,
  signal: AbortSignal,
): Promise<HttpReply> {
  const patience = { mayRepeat: true, mostCrashes: failuresOverOne } as const;
  if (!crashesOnUnknown) return transport.call(call, patience, signal);
  try {
    return await transport.call(call, patience, signal);
  } catch (thrown) {
    const error = toAppError(thrown);
    const isMissing = error.details['status'] === 500 && questions.has(call.what);
    throw isMissing ? missing(transport.contextOf(call.what), error) : error;
  }
}
