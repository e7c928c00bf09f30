/** Text of any origin for use inside Markdown: nothing in it is markup, line endings are blanks. */
export function literal(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** Text of any origin as inline code. */
export function inlineCode(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const gap = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${gap}${line}${gap}${fence}`;
}

/** At most so many characters as they are, never with half of one at the end. */
export function beginning(text: string, maxChars: number): string {
  return text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, '');
}

/** At most so many characters, cut between words where there is one, with an ellipsis. */
export function shortened(text: string, maxChars: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= maxChars) return line;
  const head = line.slice(0, maxChars - 1);
  const blank = head.lastIndexOf(' ');
  const cut = blank > maxChars / 2 ? head.slice(0, blank) : beginning(head, maxChars);
  return `${cut.replace(/[\s,;:.–-]+$/, '')}…`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerated(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** A length of time in at most two units: `3 days 4 hours`, `12 minutes`, `a few seconds`. */
export function spoken(durationMs: number): string {
  const minutes = Math.floor(Math.max(0, durationMs) / 60_000);
  if (minutes === 0) return 'less than a minute';
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const parts = [
    ...(days > 0 ? [counted(days, 'day', 'days')] : []),
    ...(hours % 24 > 0 ? [counted(hours % 24, 'hour', 'hours')] : []),
    ...(minutes % 60 > 0 ? [counted(minutes % 60, 'minute', 'minutes')] : []),
  ];
  return parts.slice(0, 2).join(' ');
}
