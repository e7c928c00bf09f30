import { pastedText } from './pasted-text.ts';

/** What a person comes back with from the provider's page. */
export type ConsentReturn =
  | { readonly kind: 'consented'; readonly state: string; readonly code: string }
  /** `error` is a word of OAuth: `access_denied`. */
  | { readonly kind: 'denied'; readonly state: string; readonly error: string };

const mostAddressChars = 4_096;

/** Reads the address that a browser ended at, as it was pasted; `undefined` where it is none of these. */
export function readConsentAddress(text: string): ConsentReturn | undefined {
  const address = pastedText(text);
  if (address.length > mostAddressChars || !URL.canParse(address)) return undefined;
  const { searchParams } = new URL(address);
  const state = searchParams.get('state') ?? '';
  if (state === '') return undefined;
  const error = searchParams.get('error') ?? '';
  if (error !== '') return { kind: 'denied', state, error };
  const code = searchParams.get('code') ?? '';
  return code === '' ? undefined : { kind: 'consented', state, code };
}
