import { cleanText } from '../../core/domain/clean-text.ts';

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element has the one limit that Slack documents. */
const maxAddressChars = 3_000;

/** The address of a link as Slack takes it; `undefined` for one that is only its words. */
export function linkAddress(url: string): string | undefined {
  const address = cleanText(url).replaceAll(/[<>|`\\^{}"]/g, (char) => encodeURIComponent(char));
  const isLink = /^(?:https?:\/\/|mailto:)\S+$/i.test(address) && URL.canParse(address);
  return isLink && address.length <= maxAddressChars ? address : undefined;
}
