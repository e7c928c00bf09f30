import * as z from 'zod';
import { AppError } from '../../core/domain/app-error.ts';

/** An account of Google’s that is nobody’s; calendars are shared with its address, or a domain lets it act for its people. */
export interface ServiceAccount {
  readonly clientEmail: string;
  /** PEM. */
  readonly privateKey: string;
}

const keyFile = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.email(),
  private_key: z.string().startsWith('-----BEGIN'),
});

/** Reads the JSON key file that Google’s console gives. Throws `config_invalid`; nothing of the text is in the error. */
export function parseServiceAccount(text: string): ServiceAccount {
  const parsed = keyFile.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new AppError(
      'config_invalid',
      'The file of the Google service account is not a JSON key. Create a key of type JSON in the Google Cloud console and give its file.',
    );
  }
  return { clientEmail: parsed.data.client_email, privateKey: parsed.data.private_key };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
