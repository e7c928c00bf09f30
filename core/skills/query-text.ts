/** Longer texts keep their beginning and their end, where the request stands. */
const mostChars = 8_000;

const removals: readonly RegExp[] = [
  // Fenced code, to the end where the fence is never closed.
  /^[ \t]*(`{3,}|~{3,})[^\n]*(?:\n[\s\S]*?(?:^[ \t]*\1[`~]*[ \t]*$|(?![\s\S]))|$)/gm,
  // A fence inside a line, as chat clients send it.
  /```[\s\S]*?(?:```|$)/g,
  // Inline code.
  /(`{1,2})(?!`)[^\n]*?[^`\n]\1(?!`)/g,
  // Quoted lines, and the line with which mail clients introduce them.
  /^[ \t]*(?:>|&gt;)[^\n]*$/gm,
  /^On [^\n]{4,120} wrote:[ \t]*$/gm,
  // Headers of forwarded mail.
  /^(?:From|Sent|Date|To|Cc|Subject|Von|Gesendet|An|Betreff): [^\n]*$/gm,
  // What gateways put before a message: `[general 2026-11-22 09:20 Anna]`, `Sender (untrusted metadata): {…}`.
  /^\s*\[[^\]\n]*[\d#@][^\]\n]*\](?!\()[ \t]*:?/g,
  /^[A-Z][\w ]{2,40} \((?:untrusted )?metadata\):[ \t]*(?:\n?\{[\s\S]*?^\}|\n?\{[^\n]*\})?/gm,
];

const replacements: readonly (readonly [RegExp, string])[] = [
  // Links keep the words they show.
  [/<(?:https?|mailto|tel):[^|>\s]*\|([^>\n]*)>/g, ' $1 '],
  [/!?\[([^\]\n]*)\]\([^)\s]*(?:\s[^)\n]*)?\)/g, ' $1 '],
  // Mentions, channels, dates and custom emoji in angle brackets; markup tags.
  [/<[!@#/:a-zA-Z][^<>\n]{0,300}>/g, ' '],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/\S+/gi, ' '],
  [/\bwww\.\S+/gi, ' '],
  // Begun where a word begins, or a long word without an at-sign is read again from each of its letters.
  [/(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+/g, ' '],
  [/(?<![\p{L}\p{N}])@[\p{L}\p{N}_][\p{L}\p{N}_.-]*/gu, ' '],
  [/(?<![\p{L}\p{N}]):[a-z0-9_+-]{2,40}:(?![\p{L}\p{N}])/giu, ' '],
];

/** All that is taken out or replaced has one of these; most messages have none. */
const holdsOthers = /[`~>&[@:]|www\./i;

/**
 * The words a person wrote, for finding skills: code (fenced and inline), quoted lines, mentions, addresses, links,
 * emoji names and whatever a gateway put around the message are taken out. A message of nothing else gives ''.
 */
export function queryText(message: string): string {
  let text = message.replaceAll('\r\n', '\n');
  if (text.length > mostChars) {
    text = `${text.slice(0, mostChars / 2)}\n${text.slice(-mostChars / 2)}`;
  }
  if (holdsOthers.test(text)) {
    for (const pattern of removals) text = text.replaceAll(pattern, ' ');
    for (const [pattern, by] of replacements) text = text.replaceAll(pattern, by);
  }
  return text.replaceAll(/[ \t]+/g, ' ').trim();
}
