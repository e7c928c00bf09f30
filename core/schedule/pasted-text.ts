/** What people meant to paste, without what chats put around links: `<…>`, `<…|label>`, quotes, a code mark, `mailto:`. */
export function pastedText(text: string): string {
  const bare = text.trim().replaceAll(/^[<"'`\s]+|[>"'`\s]+$/g, '');
  const [target = ''] = text.includes('<') ? bare.split('|') : [bare];
  return target.replace(/^mailto:/i, '');
}
