import { AppError } from '../../core/domain/app-error.ts';
import { toDiscordError } from './errors.ts';
import { GatewayClosed } from './gateway-connection.ts';
import { badToken } from './refusals.ts';

/** Discord's close code for intents that were not granted in the developer portal. */
export const CLOSED_INTENTS = 4014;
const CLOSED_TOKEN = 4004;

export interface GatewayErrorFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly secrets: readonly string[];
}

/** The SDK counts the sessions that may still be begun today, and says so in a sentence with an instant. */
function sessionsOver(thrown: unknown, now: number): AppError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const instant = /^Not enough sessions remaining\b.*\bresets at (\S+)$/s.exec(thrown.message)?.[1];
  const resetsAt = instant === undefined ? Number.NaN : Date.parse(instant);
  if (Number.isNaN(resetsAt)) return undefined;
  const message = `Discord lets the bot connect again at ${new Date(resetsAt).toISOString().slice(0, 16).replace('T', ' ')} UTC: it has connected too often since yesterday.`;
  return new AppError('rate_limited', message, {
    retryable: true,
    retryAfterMs: Math.max(1_000, resetsAt - now),
  });
}

function closedError(error: GatewayClosed): AppError {
  const details = { closeCode: error.closeCode };
  if (error.closeCode === CLOSED_TOKEN) return new AppError('auth_failed', badToken.message, { details });
  if (error.closeCode === CLOSED_INTENTS) {
    const message =
      'Discord refuses what the bot wants to be told of, though nothing of that needs a permission: look at the application at discord.com/developers.';
    return new AppError('config_invalid', message, { details });
  }
  // The others speak of the number of shards, which is asked for anew, or of a version of the API that is no more.
  const message = `Discord closed the connection (${error.closeCode}); a new one is being opened.`;
  return new AppError('peer_failed', message, { details, retryable: true });
}

/** Makes the one `AppError` of whatever ended or hindered a connection. Holds no token. */
export function toGatewayError(thrown: unknown, { now, secrets }: GatewayErrorFacts): AppError {
  if (thrown instanceof GatewayClosed) return closedError(thrown);
  const over = sessionsOver(thrown, now);
  if (over !== undefined) return over;
  return toDiscordError(thrown, { purpose: 'connect', isSend: false, needed: [], secrets });
}
