import type { ChannelCapabilities } from '../domain/capabilities.ts';

/** Whether a send that may have arrived can be repeated now without showing twice. `intendedAt`, `now`: epoch ms. */
export function mayResend(
  { hasSendKeys, sendKeyLifeMs }: Pick<ChannelCapabilities, 'hasSendKeys' | 'sendKeyLifeMs'>,
  intendedAt: number,
  now: number,
): boolean {
  return hasSendKeys && (sendKeyLifeMs === undefined || now - intendedAt < sendKeyLifeMs);
}
