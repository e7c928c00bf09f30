import { toAppError } from '../../core/domain/app-error.ts';
import { missing } from './errors.ts';
import type { HttpCall, HttpReply } from './http.ts';
import type { EngineProfile } from './profiles.ts';
import type { Transport } from './transport.ts';

/** Of those that fail over what they do not know: one failure may be another's, three are not. */
const attemptsWhereMissing = 3;

/** A question about something by its name, which may be put again. What the engine does not have is `not_found`. */
export async function ask(
  { crashesOnUnknown }: Pick<EngineProfile, 'crashesOnUnknown'>,
  transport: Transport,
  call: HttpCall,
  signal: AbortSignal,
): Promise<HttpReply> {
  if (!crashesOnUnknown) return transport.call(call, { mayRepeat: true }, signal);
  try {
    return await transport.call(call, { mayRepeat: true, mostAttempts: attemptsWhereMissing }, signal);
  } catch (thrown) {
    const error = toAppError(thrown);
    throw error.details['status'] === 500 ? missing(transport.contextOf(call.what), error) : error;
  }
}
