// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that nothing shows
const controls = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Line and paragraph separators, and overrides that make text read other than it is written. */
const separators = /[\u2028\u2029]/g;
const removed = /[\r\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text as it may be handed to a platform: control characters become blanks, overrides of the writing direction go, lone
 * surrogates become the replacement character. Line endings stay.
 */
export function cleanText(text: string): string {
  return text.replaceAll(removed, '').replaceAll(controls, ' ').replaceAll(separators, ' ').toWellFormed();
}

/** The same for code, where a tab is four blanks. */
export function cleanCode(text: string): string {
  return cleanText(text.replaceAll('\t', '    '));
}
