const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A parser would read a bare carriage return as a line feed.
  '\r': '&#13;',
  // HTML cannot carry this character in any form.
  '\0': '\ufffd',
};

const special = /[&<>"'\r\0]/g;

/** Text that an HTML parser reads back as exactly this text, in element content and in quoted attributes. NUL becomes U+FFFD. */
export function escapeHtml(text: string): string {
  return text.replace(special, (char) => entities[char] ?? '');
}
