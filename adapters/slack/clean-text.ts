// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that nothing shows
const controls = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Line and paragraph separators, and overrides that make text read other than it is written. */
const separators = /[\u2028\u2029]/g;
const removed = /[\r\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text as it may be handed to Slack: control characters become blanks, overrides of the writing direction go, lone
 * surrogates become the replacement character. Line endings stay.
 */
export function cleanText(text: string): string {
  return text.replaceAll(removed, '').replaceAll(controls, ' ').replaceAll(separators, ' ').toWellFormed();
}

/** The same for code, where a tab is four blanks. */
export function cleanCode(text: string): string {
  return cleanText(text.replaceAll('\t', '    '));
}

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element has the one limit that Slack documents. */
const maxAddressChars = 3_000;

/** The address of a link as Slack takes it; `undefined` for one that is only its words. */
export function linkAddress(url: string): string | undefined {
  const address = cleanText(url).replaceAll(/[<>|`\\^{}"]/g, (char) => encodeURIComponent(char));
  const isLink = /^(?:https?:\/\/|mailto:)\S+$/i.test(address) && URL.canParse(address);
  return isLink && address.length <= maxAddressChars ? address : undefined;
}
