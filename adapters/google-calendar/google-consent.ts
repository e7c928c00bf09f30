import { AppError } from '../../core/domain/app-error.ts';
import type { CalendarConsentPort } from '../../core/ports/calendar.ts';
import { createGoogleClient } from './client.ts';
import { challengeOf, consentUrl, makeVerifier } from './consent.ts';
import { aborted, badReply, toGoogleError } from './errors.ts';
import { jitterOf } from './jitter.ts';
import { type GoogleConsentOptions, googleEndpoints } from './options.ts';
import { scopeSuffices } from './scopes.ts';
import { formatSecret } from './secret.ts';
import { parseTokenAnswer } from './wire.ts';

/** Consent at Google with PKCE (S256), for installed and web apps alike, for as little as the access needs. */
export function createGoogleConsent(options: GoogleConsentOptions): CalendarConsentPort {
  const { clientId, clock, ids } = options;
  const address = options.endpoints?.auth ?? googleEndpoints.auth;
  const client = createGoogleClient(options);

  return {
    source: 'google',
    async begin({ redirectUri, access, state }) {
      const verifier = makeVerifier(ids);
      const challenge = challengeOf(verifier, ids);
      return { url: consentUrl({ address, clientId, redirectUri, access, state, challenge }), verifier };
    },
    async finish({ code, verifier, redirectUri, access }, signal) {
      if (signal.aborted) throw aborted();
      let answered: unknown;
      try {
        answered = await client.exchangeCode({ code, verifier, redirectUri }, signal);
      } catch (thrown) {
        if (signal.aborted) throw aborted();
        const context = {
          place: 'token',
          isService: false,
          nowMs: clock.now(),
          jitter: jitterOf(ids),
        } as const;
        const error = toGoogleError(thrown, context);
        throw error.details['reason'] === 'invalid_grant' ? expired(error.details) : error;
      }
      const answer = parseTokenAnswer(answered);
      if (answer === undefined) throw badReply();
      if (answer.refreshToken === undefined) {
        throw new AppError(
          'not_allowed',
          'Google let the bot read the calendar for an hour only. Remove the bot’s access at https://myaccount.google.com/connections and connect it again.',
        );
      }
      const { refreshToken, account, scope } = answer;
      const secret = formatSecret({
        kind: 'oauth',
        refreshToken,
        ...(account !== undefined && { account }),
      });
      return scope === undefined || scopeSuffices(scope, access) ? { secret } : { secret, lacks: unticked };
    },
  };
}

const unticked =
  'Google did not let the bot read the calendar: its box on the page of consent must be ticked. Connect it again.';

function expired(details: AppError['details']): AppError {
  const message = 'That consent is used up or too old. Connect the calendar again.';
  return new AppError('auth_failed', message, { details });
}
